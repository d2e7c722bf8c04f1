import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import { manifest, programs } from '../../steps/deployables.ts';
import { nodeImage, type RolloutsUnderTest, startRollouts } from './rollouts-under-test.ts';

type Changes = Parameters<typeof manifest>[0];

const serving = (version: string, changes: Changes = {}) =>
  manifest({
    ...changes,
    container: { image: nodeImage, command: ['/bin/sh', '-c', `# ${version}\n${programs.serve}`] },
  });
/** Whose rollout goes on until somebody ends it. */
const neverReady = manifest({
  container: {
    ...{ image: nodeImage, command: ['/bin/sh', '-c', programs.serve] },
    readinessProbe: { exec: { command: ['/bin/false'] } },
  },
});
const scaler = JSON.stringify({
  apiVersion: 'autoscaling/v1',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'cart' },
  spec: {
    ...{ minReplicas: 3, maxReplicas: 3 },
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' },
  },
});

describe.concurrent('a rollout on the real cluster ends as', () => {
  test('suspended, where its Deployment is paused', async () => {
    await using rollouts = await startRollouts();

    const verdict = await rollouts.watch(await rollouts.apply(serving('one', { spec: { paused: true } })));

    expect(verdict).toEqual({
      outcome: 'suspended',
      cause: 'deployment/cart is paused (spec.paused): nothing rolls out before it is resumed',
    });
  });

  test('lost, where somebody deletes its workload meanwhile, or makes it anew', async () => {
    await using rollouts = await startRollouts();
    const applied = await rollouts.apply(neverReady);
    const watching = rollouts.watch(applied);
    await rollouts.kubectl('delete', 'deployment', 'cart');
    const gone = await watching;
    await rollouts.applyByHand(neverReady);
    const anew = await rollouts.watch(applied);

    expect(gone).toEqual({ outcome: 'lost', cause: 'deployment/cart is gone' });
    expect(anew).toEqual({
      outcome: 'lost',
      cause: 'deployment/cart was deleted and made anew by somebody else',
    });
  });

  test.for(['DaemonSet', 'StatefulSet'])(
    'partial, where the pods of a %s are replaced by hand',
    async (kind) => {
      await using rollouts = await startRollouts();
      const byHand = { kind, spec: { updateStrategy: { type: 'OnDelete' } } };
      const first = await rollouts.watch(await rollouts.apply(serving('one', byHand)));
      const second = await rollouts.apply(serving('two', byHand));
      const waits = await rollouts.watch(second);
      await rollouts.kubectl('delete', 'pods', '--all');
      const done = await rollouts.watch(second);

      expect(first).toMatchObject({ outcome: 'succeeded' });
      expect(waits).toEqual({
        outcome: 'partial',
        cause: expect.stringMatching(
          /^1 pod still runs the old version, because updateStrategy is OnDelete; delete to replace: cart-\w+$/,
        ),
      });
      expect(done).toMatchObject({ outcome: 'succeeded' });
    },
  );

  test('succeeded with a word about it, where there are to be no pods', async () => {
    await using rollouts = await startRollouts();

    const verdict = await rollouts.watch(await rollouts.apply(serving('one', { spec: { replicas: 0 } })));

    expect(verdict).toMatchObject({
      outcome: 'succeeded',
      notes: ['deployment/cart: it has 0 replicas: nothing runs'],
    });
  });

  test('succeeded with the replicas that an autoscaler has chosen, also where the manifest no longer says any', async () => {
    await using rollouts = await startRollouts();
    const replicas = () => rollouts.kubectl('get', 'deployment', 'cart', '-o', 'jsonpath={.spec.replicas}');
    await rollouts.watch(await rollouts.apply(serving('one')));
    await rollouts.applyByHand(scaler);
    // As the autoscaler does it, which looks at its workloads from time to time only.
    await rollouts.kubectl('scale', 'deployment', 'cart', '--replicas=3');

    const notes = await rollouts.notesOf(serving('two'));
    const second = await rollouts.apply(serving('two'));
    const afterSecond = await replicas();
    const { spec, ...rest } = JSON.parse(serving('three'));
    const third = await rollouts.apply(JSON.stringify({ ...rest, spec: { ...spec, replicas: undefined } }));
    const afterThird = await replicas();
    const verdict = await rollouts.watch(third);

    expect(notes).toContain(
      'deployment/cart: spec.replicas is left to horizontalpodautoscaler/cart, which has chosen 3',
    );
    expect(second.workloads).toMatchObject([{ name: 'deployment/cart' }]);
    expect([afterSecond, afterThird]).toEqual(['3', '3']);
    expect(verdict).toMatchObject({ outcome: 'succeeded' });
  });

  test('succeeded with the replicas that KEDA is to decide about, also before it has made an autoscaler', async () => {
    await using rollouts = await startRollouts();
    await using _kinds = await withKeda(rollouts);
    const replicas = () => rollouts.kubectl('get', 'deployment', 'cart', '-o', 'jsonpath={.spec.replicas}');
    await rollouts.watch(await rollouts.apply(serving('one')));
    await rollouts.applyByHand(scaledObject);
    await rollouts.kubectl('scale', 'deployment', 'cart', '--replicas=3');

    const notes = await rollouts.notesOf(serving('two'));
    await rollouts.apply(serving('two'));

    expect(notes).toContain(
      'deployment/cart: spec.replicas is left to scaledobject/cart, which has chosen 3',
    );
    expect(await replicas()).toBe('3');
  });
});

const scaledObject = JSON.stringify({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { name: 'cart' },
  spec: {
    scaleTargetRef: { name: 'cart' },
    triggers: [
      {
        type: 'cron',
        metadata: { timezone: 'UTC', start: '0 0 1 1 *', end: '1 0 1 1 *', desiredReplicas: '3' },
      },
    ],
  },
});

/** KEDA's kind on the cluster, without KEDA; where a cluster has it, nothing is made and nothing taken away. */
async function withKeda({ kubectl, applyByHand }: RolloutsUnderTest): Promise<AsyncDisposable> {
  const name = 'scaledobjects.keda.sh';
  const isThere = (await kubectl('get', 'crd', name, '--ignore-not-found', '-o', 'name')) !== '';
  if (!isThere) await applyByHand(JSON.stringify(kedaKind(name)));
  await kubectl('wait', '--for=condition=established', '--timeout=60s', `crd/${name}`);
  return {
    async [Symbol.asyncDispose]() {
      if (!isThere) await kubectl('delete', 'crd', name, '--ignore-not-found');
    },
  };
}

function kedaKind(name: string): JsonObject {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: {
      group: 'keda.sh',
      scope: 'Namespaced',
      names: { kind: 'ScaledObject', plural: 'scaledobjects', singular: 'scaledobject' },
      versions: [{ name: 'v1alpha1', served: true, storage: true, schema }],
    },
  };
}
