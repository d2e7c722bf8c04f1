import type { Logger } from 'pino';
import type { PipelinesWanted } from '../config/awaited-pipelines.ts';
import type { RepositoryConfig } from '../config/server-config.ts';
import type { SourceControl } from '../scm/source-control.ts';
import type { AnnouncedRevision } from '../store/announcements.ts';
import type { Db } from '../store/database.ts';
import { forgetExternalUses } from '../store/external-uses.ts';
import { ensureWatcher } from '../store/watchers.ts';
import type { Follower } from './follower.ts';
import { GitFollower } from './git-follower.ts';
import { RepositoryWatcher } from './repository-watcher.ts';
import { SubversionFollower } from './subversion-follower.ts';
import type { CatalogueEntry, CreateRun, DeliverRun, SubversionWatch, Watch } from './watch.ts';

export interface WatchersOptions {
  db: Db;
  repositories: Readonly<Record<string, RepositoryConfig>>;
  sourceControlOf(repository: string): SourceControl;
  /** Every pipeline that the server knows at the time of the call. @throws Fault while one of those wanted is not read yet */
  catalogue(wanted?: PipelinesWanted): readonly CatalogueEntry[];
  createRun: CreateRun;
  deliverRun: DeliverRun;
  /** Names this server in its claims; the same after a restart, so that it need not wait for claims of its own. */
  owner: string;
  /** Default 15 s. */
  claimMs?: number;
  /** How long a HEAD that is lower than what was read may be that of a mirror that lags. Default 30 s. */
  mirrorPatienceMs?: number | undefined;
  logger: Logger;
}

/** The watchers of all configured repositories. */
export interface Watchers extends AsyncDisposable {
  /** @returns false when the repository is not configured here */
  announce(announcement: AnnouncedRevision): boolean;
  /** Resolves when each repository has been looked at once: what is committed later makes runs. */
  readonly haveLooked: Promise<unknown>;
}

/** Between the first polls of two repositories after the start. */
const staggerMs = 50;

/** Watches every configured repository, each on its own: one that stalls or fails delays no other. */
export async function startWatchers(options: WatchersOptions): Promise<Watchers> {
  const { db, repositories } = options;
  for (const repository of Object.values(repositories)) {
    await ensureWatcher(db, repository.name, repository.url);
    if (repository.kind === 'svn' && repository.externals.isIgnored)
      await forgetExternalUses(db, repository.name);
  }
  const watchers = new Map(
    Object.values(repositories).map((repository, index) => [
      repository.name,
      startWatcher(options, repository, index * staggerMs),
    ]),
  );
  return {
    announce(announcement) {
      const watcher = watchers.get(announcement.repository);
      watcher?.announce(announcement);
      return watcher !== undefined;
    },
    haveLooked: Promise.all([...watchers.values()].map((watcher) => watcher.hasLooked)),
    async [Symbol.asyncDispose]() {
      await Promise.all([...watchers.values()].map((watcher) => watcher[Symbol.asyncDispose]()));
    },
  };
}

function startWatcher(
  options: WatchersOptions,
  repository: RepositoryConfig,
  firstPollInMs: number,
): RepositoryWatcher {
  const { db, createRun, deliverRun, owner, claimMs = 15_000, logger } = options;
  const { name, pollMs } = repository;
  const entries = () =>
    options.catalogue({ repository: name }).filter(({ pipeline }) => pipeline.source.repository === name);
  const findPipeline = (wanted: string) =>
    options.catalogue({ name: wanted }).find((entry) => entry.name === wanted);
  const watch = { db, repository: { name }, entries, createRun, deliverRun, logger };
  const follower = followerOf({ ...watch, findPipeline }, repository, options);
  return new RepositoryWatcher(watch, follower, { pollMs, owner, claimMs, firstPollInMs });
}

function followerOf(
  watch: Watch & Pick<SubversionWatch, 'findPipeline'>,
  repository: RepositoryConfig,
  { sourceControlOf, mirrorPatienceMs }: WatchersOptions,
): Follower {
  const scm = sourceControlOf(repository.name);
  if (scm.kind === 'git') return new GitFollower({ ...watch, scm });
  const layout = repository.kind === 'svn' ? repository.layout : [];
  const ownUser = repository.credentials?.username ?? null;
  return new SubversionFollower({ ...watch, scm, layout, ownUser }, { mirrorPatienceMs });
}
