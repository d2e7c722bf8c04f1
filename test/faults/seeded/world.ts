import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase, type Store } from '../../../src/store/database.ts';
import { cart, cartPipeline, steps } from '../../support/cart.ts';
import { openSite, runOfCommit, type Site } from '../../support/site.ts';
import type { Trunkline } from '../../support/trunkline.ts';
import { type ContainerWitness, watchContainers } from './container-witness.ts';

/** A world for faults, and the servers that share its runs. */
export type FaultWorld = AsyncDisposable & {
  site: Site;
  /** At least one; all of them live when no fault is under way. */
  servers: readonly [Trunkline, ...Trunkline[]];
  /** The database, past servers and relays. */
  store: Store;
  engine: string;
  containers: ContainerWitness;
  /** Of somebody who may approve. */
  approver: string;
  /** Commits another version. @returns the run that comes of it */
  commitRun(): Promise<CommittedRun>;
};

export type CommittedRun = { id: string; revision: number };

export type WorldSetting = {
  engine: string;
  databaseUrl: string;
  /** Of each server, what it is to have besides, its own way to the database for one. */
  environments: readonly [Record<string, string>, ...Record<string, string>[]];
};

const takesTime = (step: string) => [`echo begun ${step}`, 'sleep 2', `echo finished ${step}`] as const;

const pipelines = {
  cart: cartPipeline([
    steps.image,
    steps.push,
    steps.run(...takesTime('test')),
    '- { id: e2e, trigger: { pipeline: e2e } }',
    '- { id: signoff, approve: { by: [release] } }',
    steps.run('echo released').replace('id: test', 'id: release'),
  ]),
  e2e: cartPipeline([steps.run(...takesTime('e2e'))], { onCommit: false }).replace('name: cart', 'name: e2e'),
};

export async function openFaultWorld({
  engine,
  databaseUrl,
  environments,
}: WorldSetting): Promise<FaultWorld> {
  await using opening = new AsyncDisposableStack();
  const site = opening.use(await openSite());
  const version = () => cart({ message: `${Math.random()}`, build: ['RUN echo compiling; sleep 2'] });
  await site.commit(version());
  const setting = { pipelines, config: site.config({ docker: { host: engine } }) };
  const serve = async (more: Record<string, string>, token?: string) =>
    opening.use(
      await site.serve({
        ...setting,
        environment: { DATABASE_URL: databaseUrl, ...more },
        ...(token !== undefined && { token }),
      }),
    );
  const first = await serve(environments[0]);
  const others: Trunkline[] = [];
  for (const more of environments.slice(1)) others.push(await serve(more, first.token));
  const { token: approver } = await first.api.post<{ token: string }>('/api/v1/tokens', {
    ...{ name: 'rita', scopes: ['run'], roles: ['release'] },
  });
  const store = opening.use(await openDatabase({ url: databaseUrl, applicationName: 'test' }));
  const owned = opening.move();
  return {
    ...{ site, store, engine, approver, containers: watchContainers(engine) },
    servers: [first, ...others],
    async commitRun() {
      const revision = await site.commit(version());
      return { revision, id: await runOfCommit(site, first, revision) };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The server whose worker has the run, or one that it waits for; the first one when no worker has it for now. */
export async function serverAtWork({ servers, store }: FaultWorld, runId: string): Promise<Trunkline> {
  const leases = await store.db
    .selectFrom('lease')
    .innerJoin('run', 'run.id', 'lease.run_id')
    .select(['lease.run_id', 'lease.owner'])
    .where('run.state', '<>', 'ended')
    .where('lease.expires_at', '>', new Date())
    .execute();
  const { owner = '' } = leases.find(({ run_id }) => run_id === runId) ?? leases[0] ?? {};
  for (const server of servers) if (owner.startsWith(`${await workerOf(server)}/`)) return server;
  return servers[0];
}

/** @returns the id of a server's worker, as leases name it */
async function workerOf({ dataDir }: Trunkline): Promise<string> {
  return (await readFile(join(dataDir, 'worker-id'), 'utf8')).trim();
}
