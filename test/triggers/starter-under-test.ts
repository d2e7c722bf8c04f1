import { pino } from 'pino';
import { noTriggers } from '../../src/domain/no-triggers.ts';
import type { Pipeline } from '../../src/domain/pipeline.ts';
import { createRun } from '../../src/runs/create-run.ts';
import type { Db } from '../../src/store/database.ts';
import { type StarterOptions, startStarter } from '../../src/triggers/starter.ts';
import type { CatalogueEntry } from '../../src/triggers/watch.ts';
import { startDatabase } from '../support/postgres.ts';
import { type Subversion, startSubversion } from '../support/subversion.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf, prepareTriggers, type Triggers } from './triggers-under-test.ts';

export type StartedBy = AsyncDisposable & {
  db: Db;
  subversion: Subversion;
  triggers: Triggers;
  /** What such a server works with. */
  dependencies: Omit<StarterOptions, 'store' | 'catalogue'> & { db: Db };
  /** Makes a server look after schedules and ended runs; it is stopped with the rest. */
  start(): Promise<void>;
  /** Runs as `pipeline branch revision trigger requested_by`, when no event waits any more and there are so many. */
  runs(count: number): Promise<string[]>;
};

/** A shop whose trunk is at r1, and pipelines that start by something else than a commit. */
export async function startedBy(pipelines: CatalogueEntry[]): Promise<StartedBy> {
  const stack = new AsyncDisposableStack();
  const [postgres, subversion] = await Promise.all([startDatabase(), startSubversion()]);
  stack.use(postgres);
  stack.use(subversion);
  await subversion.commit({ files: { 'trunk/a.txt': '1', 'branches/one/a.txt': '1' } });
  const options = { databaseUrl: postgres.url, subversion, pipelines };
  const triggers = stack.use(await prepareTriggers(options));
  const { db } = triggers.store;
  const dependencies: StartedBy['dependencies'] = {
    db,
    findPipeline: (name) => pipelines.find((entry) => entry.name === name),
    layoutOf: () => ['standard'],
    sourceControlOf: () => triggers.scm,
    createRun,
    wakeRun: async () => undefined,
    deliverRun: async (runId) => void triggers.delivered.push(runId),
    logger: pino({ level: 'silent' }),
  };
  return {
    db,
    subversion,
    triggers,
    dependencies,
    async start() {
      const { store } = triggers;
      stack.use(await startStarter({ ...dependencies, store, catalogue: () => pipelines }));
    },
    runs: (count) => waitFor(() => settledRuns(db, count), { what: `${count} runs` }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function settledRuns(db: Db, count: number): Promise<string[] | undefined> {
  const waiting = await db.selectFrom('event').select('id').where('state', '=', 'received').execute();
  const unseen = await db
    .selectFrom('run')
    .select('id')
    .where('state', '=', 'ended')
    .where('is_followed', '=', false)
    .execute();
  const runs = await db.selectFrom('run').selectAll().orderBy('created_at').orderBy('pipeline').execute();
  if (waiting.length + unseen.length > 0 || runs.length !== count) return undefined;
  return runs.map((run) => `${run.pipeline} ${run.branch} r${run.revision} ${run.trigger}`);
}

/** A pipeline of `shop` that no commit starts. */
export function startedPipeline(name: string, on: Partial<Pipeline['on']>): CatalogueEntry {
  const entry = pipelineOf(name);
  return { ...entry, pipeline: { ...entry.pipeline, on: { ...noTriggers, ...on } } };
}
