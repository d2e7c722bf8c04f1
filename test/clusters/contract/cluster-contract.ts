import { describe, expect, test } from 'vitest';
import type { RolloutReport } from '../../../src/clusters/cluster.ts';
import { programs } from '../../steps/deployables.ts';
import { waitFor } from '../../support/wait-for.ts';
import { accepted, type ClusterUnderTest, deployer, hooks, watching } from './cluster-under-test.ts';
import { isNothingLeft, openResources } from './open-resources.ts';

const never = new AbortController().signal;

/** What every cluster engine does alike. */
export function describeContract(engine: string, open: () => Promise<ClusterUnderTest>): void {
  describe(`the contract of clusters, kept by ${engine}`, () => {
    test('it says which cluster it is, by what that keeps for its life', async () => {
      await using under = await open();

      const found = await under.cluster.identify(never);

      expect(found).toBe(await under.id());
      expect(found).toMatch(/^[0-9a-z-]{20,}$/);
    });

    test('a built image is rolled out by its digest, once for each deploy id, and watched until it is healthy', async () => {
      await using under = await open();
      const built = await under.image(programs.serve);
      const deploy = deployer(under);

      const { plan, applied } = await deploy.apply({ images: [built] });
      const reports: RolloutReport[] = [];
      const verdict = await under.cluster.watch(applied, watching({ reports }), never);
      const { version } = await under.state(deploy.pipeline);
      const again = await deploy.apply({ images: [built], deployId: plan.deployId });

      expect(verdict).toMatchObject({ outcome: 'succeeded', images: [built.reference] });
      expect(await under.state(deploy.pipeline)).toEqual({ image: built.reference, version });
      expect(again.applied.workloads[0]?.uid).toBe(applied.workloads[0]?.uid);
      expect(again.lines).toEqual([]);
      expect(reports).toContainEqual(expect.objectContaining({ phase: 'rollout', unit: 'pods', total: 1 }));
      expect(reports.at(-1)).toMatchObject({ items: [{ state: 'done' }] });
    });

    test('a built image that no container uses is refused, and so is a missing digest where they are required', async () => {
      await using under = await open();
      const deploy = deployer(under);
      const unused = {
        step: 'image',
        name: 'shop/other',
        reference: `${under.registry}/shop/other@${digest}`,
      };

      const forgotten = await deploy.plan({ images: [unused] });
      const undigested = await deploy.plan({ images: [], requireDigests: true });

      expect(forgotten).toMatchObject({
        refusal: 'no container of the manifests uses the built image shop/other: they name shop/cart',
      });
      expect(undigested).toMatchObject({
        refusal: expect.stringMatching(
          /^container \S+ of \S+ uses shop\/cart without a digest, and this environment requires digests$/,
        ),
      });
    });

    test('a crash is told with its exit code and last line, and what was there before comes back', async () => {
      await using under = await open();
      const good = await under.image(programs.serve);
      const bad = await under.image(programs.crash);
      const deploy = deployer(under);
      const first = await deploy.apply({ images: [good] });
      await under.cluster.watch(first.applied, watching(), never);

      const { plan, applied } = await deploy.apply({ images: [bad] });
      const verdict = await under.cluster.watch(applied, watching(), never);
      const restored = await under.cluster.restore(
        { replaces: plan.deployId, objects: plan.before ?? [], changeCause: 'back' },
        hooks(),
        never,
      );

      expect(verdict).toMatchObject({
        outcome: 'failed',
        diagnosis: {
          headline: `1 of 1 new ${under.unit}: container \`api\` exits 1 right after start; last line: cannot open the orders table`,
          causes: [{ class: 'crash', container: 'api' }],
        },
      });
      const back = await under.cluster.watch(accepted(restored), watching(), never);
      expect(back).toMatchObject({ outcome: 'succeeded' });
      expect(await under.state(deploy.pipeline)).toMatchObject({ image: good.reference });
    });

    test.for([
      {
        what: 'an image that is not in the registry',
        neverHealthy: false,
        class: 'image-missing',
        text: 'does not exist',
      },
      {
        what: 'a container that never becomes healthy',
        neverHealthy: true,
        class: 'never-ready',
        text: '/bin/false',
      },
    ])('$what is named', async ({ neverHealthy, class: causeClass, text }) => {
      await using under = await open();
      const missing = {
        step: 'image',
        name: 'shop/cart',
        reference: `${under.registry}/shop/cart@${digest}`,
      };
      const built = neverHealthy ? await under.image(programs.serve) : missing;
      const deploy = deployer(under, { neverHealthy });

      const { applied } = await deploy.apply({ images: [built] });
      const verdict = await under.cluster.watch(applied, watching(), never);

      expect(verdict).toMatchObject({
        outcome: 'failed',
        diagnosis: { headline: expect.stringContaining(text), causes: [{ class: causeClass }] },
      });
    });

    test('a writer that slept while another one wrote changes nothing', async () => {
      await using under = await open();
      const [old, slow, fast] = [
        await under.image(programs.serve),
        await under.image('exit 1'),
        await under.image(programs.serve),
      ];
      const deploy = deployer(under);
      await deploy.apply({ images: [old] });
      const plan = await deploy.plan({ images: [slow] });
      let looks = 0;

      const stale = accepted(plan).apply(
        {
          ...hooks(),
          async confirm() {
            if (++looks > 1) throw new Error('the lease is lost');
            await deploy.apply({ images: [fast] });
          },
        },
        never,
      );

      await expect(stale).rejects.toThrow('the lease is lost');
      expect(await under.state(deploy.pipeline)).toMatchObject({ image: fast.reference });
    });

    test('a rollout that somebody else replaces ends as superseded, and is not put back', async () => {
      await using under = await open();
      const [first, second] = [await under.image(programs.serve), await under.image(programs.serve)];
      const deploy = deployer(under);
      const { plan, applied } = await deploy.apply({ images: [first] });

      const watched = under.cluster.watch(applied, watching({ soakMs: 60_000 }), never);
      await under.setImage(deploy.pipeline, second.reference);

      expect(await watched).toMatchObject({ outcome: 'superseded' });
      expect(plan.before).toBeUndefined();
      expect(await under.state(deploy.pipeline)).toMatchObject({ image: second.reference });
    });

    test('a watch that is cancelled ends within a second with the reason', async () => {
      await using under = await open();
      const built = await under.image(programs.serve);
      const { applied } = await deployer(under).apply({ images: [built] });
      const reason = new Error('enough');
      const cancel = async () => {
        const controller = new AbortController();
        let cancelledAt = 0;
        const onReport = () => {
          if (cancelledAt > 0) return;
          cancelledAt = performance.now();
          controller.abort(reason);
        };
        const options = { ...watching({ soakMs: 60_000 }), onReport };
        await expect(under.cluster.watch(applied, options, controller.signal)).rejects.toBe(reason);
        return performance.now() - cancelledAt;
      };

      const took = [await cancel(), await cancel(), await cancel()];

      // A busy machine may hold this process up now and then, which is no wait of the product's.
      expect(Math.min(...took)).toBeLessThan(1_000);
    });

    test('of a rollout that is healthy by now it is said that only time was lacking', async () => {
      await using under = await open();
      const built = await under.image(programs.serve);
      const { applied } = await deployer(under).apply({ images: [built] });
      await under.cluster.watch(applied, watching(), never);

      const diagnosis = await under.cluster.diagnose(applied, never);

      expect(diagnosis).toEqual({ headline: expect.stringContaining('healthy by now'), causes: [] });
    });

    test('however the watch of a rollout ends, no timer, socket or process of it is left', async () => {
      await using under = await open();
      const built = await under.image(programs.serve);
      const { applied } = await deployer(under).apply({ images: [built] });
      const cancelledIn = (wanted: RolloutReport['phase'] | 'any') => {
        const stop = new AbortController();
        const onReport = ({ phase }: RolloutReport) =>
          (wanted === 'any' || phase === wanted) && stop.abort(new Error('enough'));
        const options = { ...watching({ soakMs: 600_000 }), onReport };
        return under.cluster.watch(applied, options, stop.signal);
      };
      const before = openResources();

      await expect(cancelledIn('any')).rejects.toThrow('enough');
      await under.cluster.diagnose(applied, never);
      await under.cluster.watch(applied, watching(), never);
      await expect(cancelledIn('soak')).rejects.toThrow('enough');

      await waitFor(() => isNothingLeft(before), { what: 'all to be closed' });
    });
  });
}

const digest = `sha256:${'0'.repeat(64)}`;
