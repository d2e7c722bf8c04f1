import { expect, test } from 'vitest';
import { type CartOptions, cart, cartPipeline, steps } from '../support/cart.ts';
import {
  type ClusterSite,
  isApply,
  isDoneApply,
  openClusterSite,
  rolloutBegan,
} from '../support/cluster-site.ts';
import type { ProxiedRequest } from '../support/http-proxy.ts';
import { startPostgres } from '../support/postgres.ts';
import { runOfCommit } from '../support/site.ts';
import { startBeside, type Trunkline } from '../support/trunkline.ts';
import { waitFor } from '../support/wait-for.ts';

/** A moment of a rollout, and how a test gets there. */
interface Phase {
  name: string;
  change: CartOptions;
  /** A request that is held at that moment, before the API server sees it or when it has answered. */
  held?: { matches: (request: ProxiedRequest) => boolean; point: 'request' | 'answer' };
  /** For a moment without a request of its own. */
  isReached?(site: ClusterSite, trunkline: Trunkline, id: string): Promise<unknown>;
  ends: 'succeeded' | 'failed';
  /** Writes of the workload that the API server carries out. */
  applies: number;
}

const isRehearsal = ({ method, path }: ProxiedRequest) =>
  method === 'PATCH' && path.includes('/deployments/cart') && path.includes('dryRun');
const crash = 'echo cannot open the orders table; exit 7';
/** The first write of the workload is the deployment's, the next one is the way back. */
const isWayBack = () => {
  let seen = 0;
  return (request: ProxiedRequest) => isApply(request) && ++seen === 2;
};

const phases = (): Phase[] => [
  {
    name: 'the dry run',
    change: { message: 'two' },
    held: { matches: isRehearsal, point: 'answer' },
    ends: 'succeeded',
    applies: 1,
  },
  {
    name: 'the apply, before the cluster knows of it',
    change: { message: 'two' },
    held: { matches: isApply, point: 'request' },
    ends: 'succeeded',
    applies: 1,
  },
  {
    name: 'the apply, when the cluster has done it',
    change: { message: 'two' },
    held: { matches: isApply, point: 'answer' },
    ends: 'succeeded',
    applies: 1,
  },
  {
    name: 'the wait for the new pods',
    change: { message: 'two', readyAfter: 25 },
    isReached: (site) => rolloutBegan(site, 2),
    ends: 'succeeded',
    applies: 1,
  },
  {
    name: 'the soak',
    change: { message: 'two' },
    isReached: (_site, { api }, id) => api.waitForLog(id, 'healthy; watched for'),
    ends: 'succeeded',
    applies: 1,
  },
  {
    name: 'the rollback, before the cluster knows of it',
    change: { command: crash },
    held: { matches: isWayBack(), point: 'request' },
    ends: 'failed',
    applies: 2,
  },
  {
    name: 'the rollback, when the cluster has done it',
    change: { command: crash },
    held: { matches: isWayBack(), point: 'answer' },
    ends: 'failed',
    applies: 2,
  },
];

const staging = steps.staging.replace('soak: 1s', 'soak: 15s');
const pipeline = cartPipeline([steps.image, steps.push, staging]);

for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
  test.for(phases())(
    `a worker that gets ${signal} during $name is followed by another one, which applies nothing twice`,
    async (phase) => {
      await using site = await openClusterSite();
      await using postgres = await startPostgres();
      await site.commit(cart({ message: 'one' }));
      const environment = { DATABASE_URL: postgres.url };
      await using first = await site.serve({ pipelines: { cart: pipeline }, environment });
      await first.api.waitForOutcome((await first.api.requestRun()).id, 'succeeded', 120_000);
      const before = site.apiProxy.requests.length;
      const hold = phase.held && site.apiProxy.hold(phase.held.matches, phase.held.point);
      const id = await runOfCommit(site, first, await site.commit(cart(phase.change)));
      await (hold?.reached ?? phase.isReached?.(site, first, id));

      if (signal === 'SIGKILL') await first.server.kill();
      else first.server.signal('SIGSTOP');
      await using second = await startBeside(first);
      if (signal === 'SIGKILL') hold?.release();
      const run = await second.api.waitForOutcome(id, phase.ends, 180_000);
      const ended = await stateOf(site);
      if (signal === 'SIGSTOP') {
        hold?.release();
        first.server.signal('SIGCONT');
        const what = 'the continued worker to notice';
        await waitFor(() => first.server.stderr().includes('lost the lease'), { what, deadlineMs: 60_000 });
      }

      const applies = site.apiProxy.requests.slice(before).filter(isDoneApply);
      const isBack = phase.ends === 'failed';
      expect(applies).toHaveLength(phase.applies);
      expect(await stateOf(site)).toEqual(ended);
      expect(ended.generation).toBe(1 + phase.applies);
      expect(run.deployments).toMatchObject([
        { outcome: phase.ends, rollback: isBack ? { state: 'done', to: 'r1' } : null },
      ]);
      expect(await site.answer()).toBe(isBack ? 'one' : 'two');
    },
  );
}

async function stateOf(site: ClusterSite): Promise<{ generation: number; image: string | undefined }> {
  const { metadata, spec } = await site.deployment();
  return { generation: metadata.generation, image: spec.template.spec.containers[0]?.image };
}
