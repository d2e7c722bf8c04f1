import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { noTriggers } from '../../src/domain/no-triggers.ts';
import type { HttpDependencies } from '../../src/http/dependencies.ts';
import { createHttpServer } from '../../src/http/server.ts';
import type { ZodApp } from '../../src/http/zod-app.ts';
import { followLog, type Look } from '../../src/logs/live-log.ts';
import { readLog } from '../../src/logs/log-reader.ts';
import { SharedLooks } from '../../src/logs/shared-looks.ts';
import { requestCancel } from '../../src/runs/cancel-run.ts';
import { decideApproval } from '../../src/runs/decide-approval.ts';
import { retryRun } from '../../src/runs/repeat-run.ts';
import { insertChanges, insertDecisions } from '../../src/store/changes.ts';
import { type Db, openDatabase, type Store } from '../../src/store/database.ts';
import { storeEvent } from '../../src/store/events.ts';
import { createToken, type Scope } from '../../src/store/tokens.ts';
import { acceptGitHook } from '../../src/triggers/accept-git-hook.ts';
import { acceptHook } from '../../src/triggers/accept-hook.ts';
import { explainEvent } from '../../src/triggers/explain-event.ts';
import { createIntake } from '../../src/triggers/intake.ts';
import { replayEvent } from '../../src/triggers/replay-event.ts';
import { startDatabase } from '../support/postgres.ts';
import { testConfig } from './test-config.ts';

export type HttpFixture = AsyncDisposable & {
  app: ZodApp;
  /** What `app` was made of, to make another one. */
  parts: HttpDependencies;
  store: Store;
  databaseUrl: string;
  db: Db;
  /** Headers of a fresh token with this scope. */
  as(scope: Scope): Promise<{ authorization: string }>;
  /** Lines that the server has logged. */
  logged: string[];
};

export const shopUuid = 'c0ffee00-0000-4000-8000-000000000001';

/** The HTTP face over a real database, with the real functions behind it; `changes` replaces some. */
export async function startHttp(changes: Partial<HttpDependencies> = {}): Promise<HttpFixture> {
  const stack = new AsyncDisposableStack();
  const postgres = stack.use(await startDatabase());
  const store = stack.use(openDatabase({ url: postgres.url, applicationName: 'test http' }));
  const logged: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) });
  const parts = { ...realParts(store), logger, ...changes };
  const app = await createHttpServer(parts);
  stack.defer(() => app.close());
  return {
    app,
    parts,
    store,
    databaseUrl: postgres.url,
    db: store.db,
    logged,
    async as(scope) {
      const { token } = await createToken(store.db, {
        name: `the ${scope}`,
        scopes: [scope],
        expiresAt: null,
      });
      return { authorization: `Bearer ${token}` };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function realParts(store: Store): Omit<HttpDependencies, 'logger'> {
  const { db } = store;
  const looks = new SharedLooks<Look>();
  const inbox = { db, intake: createIntake(db), repositories: testConfig.repositories, announce: () => {} };
  return {
    db,
    listen: (channel, handler) => store.listen(channel, handler),
    config: testConfig,
    version: '0.0.0-test',
    catalogue: {
      list: () => [],
      get: () => undefined,
      problems: () => [],
      awaited: () => [],
      file: () => undefined,
    },
    acceptHook: (hook) => acceptHook(inbox, hook),
    acceptGitHook: (hook) => acceptGitHook(inbox, hook),
    requestRun: async () => ({ kind: 'unknown-pipeline' }),
    explainEvent: (eventId) => explainEvent(db, eventId),
    replayEvent: (eventId) => replayEvent(db, eventId),
    requestCancel: (wish) => requestCancel(db, wish),
    decideApproval: (wish) => db.transaction().execute((tx) => decideApproval(tx, wish)),
    retryRun: (wish) => db.transaction().execute((tx) => retryRun(tx, wish)),
    rerunRun: async () => ({ refused: 'no-pipeline' }),
    requestRollback: async () => ({ kind: 'unknown-workload', known: [] }),
    requestPromotion: async () => ({ kind: 'unknown-workload', workload: '', known: [] }),
    previewPromotion: async () => ({ kind: 'unknown-workload', workload: '', known: [] }),
    readLog: (wish) => readLog(db, wish),
    followLog: (wish) => followLog({ store, looks, ...wish }),
    dnsOf: () => null,
    otherClusterOf: async () => undefined,
    queueDepth: async () => 0,
    seenDisk: () => ({ isFull: false, percentUsed: 40 }),
  };
}

/** Stores a run with an ended build and push, and a deploy step that has not begun. */
export async function storeRun(
  db: Db,
  changes: { pipeline?: string; number?: number; branch?: string } = {},
) {
  const run = { pipeline: 'cart', number: 1, branch: 'trunk', ...changes };
  const id = randomUUID();
  await db
    .insertInto('run')
    .values({
      id,
      ...run,
      pipeline_source: 'name: cart',
      definition: JSON.stringify(definition),
      repository: 'shop',
      generation: 1,
      move: 7,
      revision: '7',
      author: 'ann',
      message: 'Sell more',
      identity: null,
      trigger: 'commit',
      requested_by: 'ann',
      parameters: '{}',
      event_id: null,
      concurrency_group: `${run.pipeline}/${run.branch}`,
    })
    .execute();
  await db.insertInto('step').values(stepsOf(id)).execute();
  return { id, ...run };
}

/** Stores a rollout of the run that is under way. */
export async function storeDeployment(db: Db, runId: string): Promise<void> {
  await db
    .insertInto('deployment')
    .values({
      id: randomUUID(),
      run_id: runId,
      step_id: 'staging',
      environment: 'staging',
      target: 'cluster/shop/deployment/cart',
      deploy_id: 'd1',
      repository: 'shop',
      branch: 'trunk',
      move: 7,
      revision: '7',
      state: 'active',
      images: '{}',
      manifests: '[]',
    })
    .execute();
}

/** Stores a handled hook whose change one pipeline's paths did not match. */
export async function storeExplainedEvent(db: Db): Promise<void> {
  await storeEvent(db, {
    id: 'event-1',
    source: 'svn-hook',
    repository: 'shop',
    deliveryKey: null,
    remote: '127.0.0.1',
    headers: {},
    body: { revision: 7 },
    revision: '7',
    state: 'handled',
  });
  const change = {
    id: 'change-1',
    repository: 'shop',
    generation: 1,
    branch: 'trunk',
    move: 7,
    revision: '7',
  };
  const filters = [
    { filter: 'branches', expected: 'trunk', actual: 'trunk', passed: true },
    { filter: 'paths', expected: 'services/cart/**', actual: 'docs/a.md', passed: false },
  ];
  const paths = [{ path: 'docs/a.md', action: 'added', kind: 'file' } as const];
  const about = {
    author: 'ann',
    committedAt: null,
    message: 'Sell more',
    paths,
    pathCount: 1,
    eventId: 'event-1',
  };
  await insertChanges(db, [{ ...change, ...about }]);
  await insertDecisions(db, [
    { change_id: change.id, pipeline: 'cart', verdict: 'skip', filters, run_id: null },
  ]);
}

const definition = {
  name: 'cart',
  source: { repository: 'shop', path: '' },
  on: noTriggers,
  concurrency: { group: 'all', queue: 'fifo' },
  steps: [
    { id: 'image', kind: 'build', needs: [] },
    { id: 'push', kind: 'push', needs: ['image'] },
    { id: 'staging', kind: 'deploy', needs: ['push'], environment: 'staging' },
    { id: 'production', kind: 'deploy', needs: ['staging'], environment: 'production' },
  ],
};

function stepsOf(runId: string) {
  const pushed = {
    image: 'image',
    imageId: 'sha256:1',
    name: 'shop/cart',
    repository: '127.0.0.1:5000/shop/cart',
    digest: 'sha256:2',
    tags: ['r7'],
  };
  const ended = { run_id: runId, state: 'ended', outcome: 'succeeded', attempt: 1 } as const;
  return [
    { ...ended, id: 'image', position: 0, kind: 'build', output: JSON.stringify({ imageId: 'sha256:1' }) },
    { ...ended, id: 'push', position: 1, kind: 'push', output: JSON.stringify(pushed) },
    { run_id: runId, id: 'staging', position: 2, kind: 'deploy' },
  ];
}
