import { pino } from 'pino';
import { readGitlabPayload } from '../../src/domain/gitlab-payload.ts';
import { Secret } from '../../src/domain/secret.ts';
import { type ToldNews, toldBy } from '../../src/domain/webhook-news.ts';
import { createRun } from '../../src/runs/create-run.ts';
import { createGit } from '../../src/scm/git/create-git.ts';
import { openDatabase } from '../../src/store/database.ts';
import { acceptGitHook } from '../../src/triggers/accept-git-hook.ts';
import { type EventWorker, startEventWorker } from '../../src/triggers/event-worker.ts';
import { type EventExplanation, explainEvent } from '../../src/triggers/explain-event.ts';
import { createIntake } from '../../src/triggers/intake.ts';
import { requestRun } from '../../src/triggers/request-run.ts';
import { type StarterOptions, startStarter } from '../../src/triggers/starter.ts';
import type { CatalogueEntry } from '../../src/triggers/watch.ts';
import { startWatchers } from '../../src/triggers/watchers.ts';
import { gitConfig } from '../scm/git/git-at.ts';
import { makeGitRepository } from '../support/git-repository.ts';
import { startDatabase } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf } from './triggers-under-test.ts';

type PushNews = Extract<ToldNews, { kind: 'push' }>;

export const zero = '0'.repeat(40);

interface StartWish extends Pick<StarterOptions, 'holdMs' | 'replicaPatienceMs'> {
  url?: string;
  owner?: string;
}

/** A database and a repository with one commit; `watch` is what a server does from its start on. */
export async function given(pipelines: CatalogueEntry[] = [pipelineOf('app', { branches: ['**'] })]) {
  const stack = new AsyncDisposableStack();
  const [postgres, git, folder] = await Promise.all([
    startDatabase(),
    makeGitRepository(),
    temporaryFolder(),
  ]);
  for (const owned of [postgres, git, folder]) stack.use(owned);
  const store = openDatabase({ url: postgres.url, applicationName: 'git triggers under test' });
  stack.defer(() => store.close());
  const first = await git.commit({ files: { 'app/a.txt': '1' } });
  const shop = (url: string, pollMs: number) => ({
    ...gitConfig(url),
    pollMs,
    hookTokens: [new Secret('token')],
  });
  const logger = pino({ level: 'silent' });
  let events: EventWorker | undefined;
  return {
    ...{ store, db: store.db, git, first, stack },
    async watch({ pollMs = 60_000, owner = 'test', url = git.url } = {}) {
      const repositories = { shop: shop(url, pollMs) };
      const scm = createGit({ repository: repositories.shop, stateDir: `${folder.path}/${owner}` });
      const watchers = await startWatchers({
        ...{ db: store.db, repositories, owner, logger, createRun },
        sourceControlOf: () => scm,
        catalogue: () => pipelines,
        deliverRun: async () => {},
      });
      events = await startEventWorker({ store, watchers, logger });
      const running = new AsyncDisposableStack();
      running.use(watchers);
      running.use(events);
      stack.use(running);
      await watchers.haveLooked;
      const dependencies = {
        db: store.db,
        createRun,
        logger,
        layoutOf: () => [],
        deliverRun: async () => {},
      };
      return {
        [Symbol.asyncDispose]: () => running.disposeAsync(),
        request: (wish: { branch?: string; revision?: string }) =>
          requestRun(
            { ...dependencies, findPipeline: () => pipelines[0], sourceControlOf: () => scm },
            {
              pipeline: 'app',
              branch: null,
              revision: null,
              parameters: {},
              idempotencyKey: null,
              by: 'ann',
              ...wish,
            },
            new AbortController().signal,
          ),
      };
    },
    hook: ({ ref = 'refs/heads/main', ...told }: { ref?: string } & Omit<PushNews, 'kind' | 'ref' | 'by'>) =>
      acceptGitHook(
        {
          db: store.db,
          intake: createIntake(store.db),
          repositories: { shop: shop(git.url, 0) },
          announce: (told) => events?.announce(told),
        },
        {
          source: 'git-hook',
          repository: { name: 'shop' },
          proves: () => true,
          news: { kind: 'push', ref, ...told, by: null },
          ...{ payload: null, delivery: null, remote: null, headers: {} },
        },
      ),
    /** What a webhook of a Git server tells, as GitLab sends it unless it is read otherwise. */
    tell: (payload: unknown, delivery: string | null = null, read = readGitlabPayload) => {
      const news = read(payload);
      if (news.kind === 'ignored') throw new Error(`ignored: ${news.why}`);
      return acceptGitHook(
        {
          db: store.db,
          intake: createIntake(store.db),
          repositories: { shop: shop(git.url, 0) },
          announce: (told) => events?.announce(told),
        },
        {
          source: 'gitlab-hook',
          repository: { name: 'shop' },
          proves: () => true,
          news: toldBy(news),
          ...{ payload: null, delivery, remote: null, headers: {} },
        },
      );
    },
    /** Starts what no watcher finds, as a server does; it is stopped with the rest. */
    async start({ url = git.url, owner = 'starter', ...more }: StartWish = {}) {
      const scm = createGit({ repository: shop(url, 0), stateDir: `${folder.path}/${owner}` });
      const starter = await startStarter({
        store,
        catalogue: () => pipelines,
        findPipeline: (name) => pipelines.find((entry) => entry.name === name),
        layoutOf: () => [],
        sourceControlOf: () => scm,
        createRun,
        deliverRun: async () => {},
        wakeRun: async () => {},
        logger,
        replicaPatienceMs: 0,
        ...more,
      });
      stack.use(starter);
    },
    /** `branch move revision` of every run, once there are so many. */
    async runs(count: number) {
      return waitFor(
        async () => {
          const query = store.db.selectFrom('run').select(['branch', 'move', 'revision']).orderBy('number');
          const rows = await query.execute();
          return rows.length >= count && rows.map((run) => `${run.branch} ${run.move} ${run.revision}`);
        },
        { what: `${count} runs`, deadlineMs: 60_000 },
      );
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

export type GitTriggers = Awaited<ReturnType<typeof given>>;

/** Tells and waits until that is dealt with. Returns the event's id. */
export async function tell(
  site: GitTriggers,
  payload: object,
  delivery: string | null = null,
): Promise<string> {
  const receipt = await site.tell(payload, delivery);
  const eventId = 'eventId' in receipt ? receipt.eventId : '';
  await settled(site, eventId);
  return eventId;
}

/** What every pipeline made of an event. */
export async function settled({ db }: GitTriggers, eventId: string): Promise<EventExplanation> {
  return waitFor(
    async () => {
      const explained = await explainEvent(db, eventId);
      return explained?.event.state !== 'received' && explained;
    },
    { what: 'the event to be dealt with' },
  );
}

/** `pipeline branch revision trigger` of every run. */
export async function runsOf({ db }: GitTriggers): Promise<string[]> {
  const rows = await db.selectFrom('run').selectAll().orderBy('created_at').orderBy('pipeline').execute();
  return rows.map((run) => `${run.pipeline} ${run.branch} ${run.revision} ${run.trigger}`);
}
