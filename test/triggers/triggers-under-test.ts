import { pino } from 'pino';
import type { SubversionRepositoryConfig } from '../../src/config/server-config.ts';
import { noTriggers } from '../../src/domain/no-triggers.ts';
import { Secret } from '../../src/domain/secret.ts';
import type { CommitTrigger } from '../../src/domain/triggers.ts';
import { createRun } from '../../src/runs/create-run.ts';
import type { SubversionSource } from '../../src/scm/source-control.ts';
import { createSubversion } from '../../src/scm/subversion/create-subversion.ts';
import { openDatabase, type Store } from '../../src/store/database.ts';
import { acceptHook, type HookReceipt } from '../../src/triggers/accept-hook.ts';
import { type EventWorker, startEventWorker } from '../../src/triggers/event-worker.ts';
import { createIntake } from '../../src/triggers/intake.ts';
import type { CatalogueEntry } from '../../src/triggers/watch.ts';
import { startWatchers, type Watchers, type WatchersOptions } from '../../src/triggers/watchers.ts';
import { everyCommit } from '../domain/every-commit.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const hookToken = 'a-token-of-the-shop';

export type TriggersOptions = {
  databaseUrl: string;
  /** The repository's URL and UUID, as configured and as hooks name it. */
  subversion: { root: string; uuid: string };
  /** A second repository, `library`, which is only polled. */
  library?: { root: string };
  /** Default: `standard`. */
  layout?: string[];
  pipelines: CatalogueEntry[];
  /** Default: gives `pipelines`. */
  catalogue?: WatchersOptions['catalogue'];
  pollMs?: number;
  owner?: string;
  claimMs?: number;
  mirrorPatienceMs?: number;
  deliverRun?: (runId: string) => Promise<void>;
};

export type Triggers = AsyncDisposable & {
  store: Store;
  /** Runs in the order of their delivery to the queue. */
  delivered: string[];
  /** The calls that cost a process each, by name, in order; not whether it is a mirror, which is asked once. */
  asked: string[];
  scm: SubversionSource;
  /** As the HTTP server does when the repository's hook calls. */
  hook(revision: number | null, hook?: { token?: string; kind?: 'commit' | 'revprop' }): Promise<HookReceipt>;
  /** Polls now and then at `pollMs`, as a server does after its start. */
  watch(): Promise<void>;
};

/** Everything that makes runs of commits, on a real database and a real repository; watches once told to. */
export async function prepareTriggers(options: TriggersOptions): Promise<Triggers> {
  const folder = await temporaryFolder();
  const store = openDatabase({ url: options.databaseUrl, applicationName: 'triggers under test' });
  const repository = shopRepository(options);
  const asked: string[] = [];
  const library =
    options.library === undefined
      ? undefined
      : { ...shopRepository({ subversion: { ...options.library, uuid: '' }, pollMs: 200 }), name: 'library' };
  if (library !== undefined) repository.externals.allowed.push(library);
  const scm = countingCalls(createSubversion({ repository, stateDir: folder.path }), asked);
  const delivered: string[] = [];
  const logger = pino({ level: 'silent' });
  let running: { watchers: Watchers; events: EventWorker } | undefined;
  const intake = createIntake(store.db);
  return {
    store,
    delivered,
    asked,
    scm,
    hook: (revision, { token = hookToken, kind = 'commit' } = {}) =>
      acceptHook(
        {
          db: store.db,
          intake,
          repositories: { shop: repository },
          announce: (hook) => running?.events.announce(hook),
        },
        {
          source: 'svn-hook',
          uuid: options.subversion.uuid,
          token,
          kind,
          revision,
          remote: null,
          headers: {},
          body: { uuid: options.subversion.uuid, revision, kind },
        },
      ),
    async watch() {
      const watchers = await startWatchers({
        db: store.db,
        repositories: library === undefined ? { shop: repository } : { shop: repository, library },
        sourceControlOf: (name) =>
          library !== undefined && name === 'library'
            ? createSubversion({ repository: library, stateDir: folder.path })
            : scm,
        catalogue: options.catalogue ?? (() => options.pipelines),
        createRun,
        deliverRun: async (runId) => {
          await options.deliverRun?.(runId);
          delivered.push(runId);
        },
        owner: options.owner ?? 'test',
        claimMs: options.claimMs ?? 2_000,
        mirrorPatienceMs: options.mirrorPatienceMs,
        logger,
      });
      running = { watchers, events: await startEventWorker({ store, watchers, logger }) };
    },
    async [Symbol.asyncDispose]() {
      await running?.events[Symbol.asyncDispose]();
      await running?.watchers[Symbol.asyncDispose]();
      await store.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export function shopRepository(
  options: Pick<TriggersOptions, 'subversion' | 'pollMs' | 'layout'>,
): SubversionRepositoryConfig {
  return {
    name: 'shop',
    kind: 'svn',
    url: options.subversion.root,
    layout: options.layout ?? ['standard'],
    readable: [],
    clientCertificate: null,
    trustedFailures: [],
    credentials: null,
    pollMs: options.pollMs ?? 60_000,
    hookTokens: [new Secret(hookToken)],
    allowedSchemes: [],
    ca: null,
    ssh: null,
    externals: { isIgnored: false, allowed: [] },
  };
}

/** A pipeline of repository `shop` that runs for every commit, unless told otherwise. */
export function pipelineOf(
  name: string,
  on: Partial<CommitTrigger> & { path?: string } = {},
): CatalogueEntry {
  const { path = '', ...trigger } = on;
  return {
    name,
    source: `name: ${name}\n`,
    pipeline: {
      name,
      source: { repository: 'shop', path },
      on: { ...noTriggers, commit: { ...everyCommit, ...trigger } },
      concurrency: { group: 'all', queue: 'fifo' },
      steps: [
        {
          kind: 'build',
          id: 'image',
          needs: [],
          timeoutMs: 60_000,
          retry: { max: 0, on: [] },
          context: '.',
          dockerfile: 'Dockerfile',
          image: name,
          args: {},
          target: null,
        },
      ],
    },
  };
}

/** `pipeline branch revision` of every run, in the order they were made. */
export async function runsIn({ db }: Store): Promise<string[]> {
  const rows = await db
    .selectFrom('run')
    .select(['pipeline', 'branch', 'revision'])
    .orderBy('created_at')
    .orderBy('number')
    .execute();
  return rows.map(({ pipeline, branch, revision }) => `${pipeline} ${branch} r${revision}`);
}

export async function cursorIn({ db }: Store, repository = 'shop'): Promise<number | null | undefined> {
  const row = await db
    .selectFrom('watcher')
    .select('cursor')
    .where('repository', '=', repository)
    .executeTakeFirst();
  return row?.cursor;
}

function countingCalls(scm: SubversionSource, asked: string[]): SubversionSource {
  const noting =
    <Arguments extends unknown[], Answer>(name: string, call: (...given: Arguments) => Answer) =>
    (...given: Arguments) => {
      asked.push(name);
      return call(...given);
    };
  return {
    ...scm,
    identify: noting('identify', scm.identify),
    head: noting('head', scm.head),
    revisions: noting('revisions', scm.revisions),
    list: noting('list', scm.list),
  };
}
