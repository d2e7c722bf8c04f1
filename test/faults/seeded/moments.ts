import { isApply } from '../../support/cluster-site.ts';
import type { HttpProxy, ProxiedRequest } from '../../support/http-proxy.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { CommittedRun, FaultWorld } from './world.ts';

/** A moment in the life of a run, in the order in which a run comes by. */
export type Moment = {
  name: string;
  /** Called while the run is not there yet, which may be long before. */
  expect(world: FaultWorld, run: CommittedRun): Expected;
  /** What somebody has to do afterwards, for the run to go on. */
  afterwards?(world: FaultWorld, run: CommittedRun): Promise<unknown>;
};

/** Waits until the run is there; where that holds the run back, `release` lets it go on. */
type Expected = { reached(): Promise<unknown>; release?(): void };

/** A step that has a worker in one of its commands takes a few seconds; a boundary is seen within milliseconds. */
const deadlineMs = 180_000;

const early: readonly Moment[] = [
  inside('image', (world, { id }) => world.servers[0].api.waitForLog(id, 'compiling')),
  after('image'),
  { name: 'inside push', expect: duringPush },
  after('push'),
  inside('test', (world, { id }) => world.servers[0].api.waitForLog(id, 'begun test')),
  after('test'),
  inside('e2e', duringTriggered),
  after('e2e'),
  { ...inside('signoff', (world, run) => stepIs(world, run, ['signoff', 'waiting'])), afterwards: approve },
  after('signoff'),
];

const late: readonly Moment[] = [
  inside('migrate', (world, { id }) => world.servers[0].api.waitForLog(id, 'begun migrate')),
  after('migrate'),
  {
    name: 'when the cluster has applied it',
    expect: (world) => holding(world.cluster?.apiProxy, isApply, 'answer'),
  },
  inside('staging', (world, { id }) => world.servers[0].api.waitForLog(id, 'healthy; watched for')),
];

/** Those of every run in that world. */
export function momentsOf({ cluster }: Pick<FaultWorld, 'cluster'>): readonly Moment[] {
  return cluster === null ? early : [...early, ...late];
}

function inside(step: string, reached: (world: FaultWorld, run: CommittedRun) => Promise<unknown>): Moment {
  return {
    name: `inside ${step}`,
    expect: (world, run) => ({
      reached: () =>
        waitFor(() => reached(world, run).then(() => true), {
          what: `${step} of the run`,
          deadlineMs,
        }),
    }),
  };
}

function after(step: string): Moment {
  return {
    name: `after ${step}`,
    expect: (world, run) => ({ reached: () => stepIs(world, run, [step, 'ended']) }),
  };
}

function stepIs({ store }: FaultWorld, { id }: CommittedRun, [step, state]: [string, string]) {
  const read = () =>
    store.db
      .selectFrom('step')
      .select('state')
      .where('run_id', '=', id)
      .where('id', '=', step)
      .executeTakeFirst();
  return waitFor(async () => (await read())?.state === state, {
    what: `the step ${step} to be ${state}`,
    deadlineMs,
    everyMs: 5,
  });
}

/** The registry is not told of the tag before `release`. */
function duringPush({ site }: FaultWorld, { revision }: CommittedRun): Expected {
  const isTag = ({ method, path }: ProxiedRequest) =>
    method === 'PUT' && path.endsWith(`/manifests/r${revision}`);
  return holding(site.registryProxy, isTag, 'request');
}

function holding(
  proxy: HttpProxy | undefined,
  matches: (request: ProxiedRequest) => boolean,
  point: 'request' | 'answer',
): Expected {
  if (proxy === undefined) throw new Error('this world has nothing of the kind');
  const hold = proxy.hold(matches, point);
  let isHeld = false;
  void hold.reached.then(() => {
    isHeld = true;
  });
  return {
    reached: () => waitFor(() => isHeld, { what: 'the request to be made', deadlineMs }),
    release: hold.release,
  };
}

async function duringTriggered(world: FaultWorld, { revision }: CommittedRun): Promise<void> {
  const { api } = world.servers[0];
  const runs = await api.runs('e2e');
  const triggered = runs.find((run) => run.revision === String(revision));
  if (triggered === undefined) throw new Error('e2e was not triggered yet');
  await api.waitForLog(triggered.id, 'begun e2e');
}

/** Asked again until it is known to have been heard: a server may just have come back. */
function approve(
  { servers: [{ api }], approver, ...world }: FaultWorld,
  run: CommittedRun,
): Promise<unknown> {
  const path = `/api/v1/runs/${run.id}/steps/signoff/approve`;
  return waitFor(
    async () => {
      const state = await world.store.db
        .selectFrom('step')
        .select('state')
        .where('run_id', '=', run.id)
        .where('id', '=', 'signoff')
        .executeTakeFirst();
      return state?.state === 'ended' || (await api.post(path, {}, approver).then(() => false));
    },
    { what: 'the approval to be heard', deadlineMs, everyMs: 100 },
  );
}
