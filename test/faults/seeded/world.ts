import { openDatabase, type Store } from '../../../src/store/database.ts';
import { cart, cartPipeline, steps } from '../../support/cart.ts';
import { type ClusterSite, openClusterSite } from '../../support/cluster-site.ts';
import { openSite, runOfCommit, type Site } from '../../support/site.ts';
import type { Trunkline } from '../../support/trunkline.ts';
import { type ContainerWitness, watchContainers } from './container-witness.ts';

/** A world for faults, and the servers that share its runs. */
export type FaultWorld = AsyncDisposable & {
  site: Site;
  /** The same, where runs are rolled out; null: they end before. */
  cluster: ClusterSite | null;
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
  /** Whether runs go on to a job and a rollout in the cluster. */
  isRolledOut?: boolean;
  /** Of each server, what it is to have besides, its own way to the database for one. */
  environments: readonly [Record<string, string>, ...Record<string, string>[]];
};

const takesTime = (step: string) => [`echo begun ${step}`, 'sleep 2', `echo finished ${step}`] as const;

const early = [
  steps.image,
  steps.push,
  steps.run(...takesTime('test')),
  '- { id: e2e, trigger: { pipeline: e2e } }',
  '- { id: signoff, approve: { by: [release] } }',
];
const late = {
  told: [steps.run('echo released').replace('id: test', 'id: release')],
  rolledOut: [
    `- { id: migrate, job: { environment: staging, from: image, commands: ${JSON.stringify(takesTime('migrate'))} } }`,
    steps.staging.replace('soak: 1s', 'soak: 3s'),
  ],
};
const e2e = cartPipeline([steps.run(...takesTime('e2e'))], { onCommit: false });

export async function openFaultWorld({
  engine,
  databaseUrl,
  environments,
  isRolledOut = false,
}: WorldSetting): Promise<FaultWorld> {
  await using opening = new AsyncDisposableStack();
  const cluster = isRolledOut ? opening.use(await openClusterSite()) : null;
  const site = cluster ?? opening.use(await openSite());
  const version = () => cart({ message: `${Math.random()}`, build: ['RUN echo compiling; sleep 2'] });
  await site.commit(version());
  const pipelines = {
    cart: cartPipeline([...early, ...(isRolledOut ? late.rolledOut : late.told)]),
    e2e: e2e.replace('name: cart', 'name: e2e'),
  };
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
  const containers = opening.use(watchContainers(engine));
  const owned = opening.move();
  return {
    ...{ site, cluster, store, engine, approver, containers },
    servers: [first, ...others],
    async commitRun() {
      const revision = await site.commit(version());
      return { revision, id: await runOfCommit(site, first, revision) };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
