import { setTimeout as delay } from 'node:timers/promises';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { Fault } from '../domain/fault.ts';
import { connectionConfig, makePool, patientPool } from './connection.ts';
import * as firstTables from './migrations/0001-first-tables.ts';
import * as progress from './migrations/0002-progress.ts';
import * as git from './migrations/0003-git.ts';
import * as sessions from './migrations/0004-sessions.ts';
import * as rules from './migrations/0005-rules.ts';
import * as intake from './migrations/0006-intake.ts';
import * as quiet from './migrations/0007-quiet.ts';
import * as promotion from './migrations/0008-promotion.ts';
import * as externals from './migrations/0009-externals.ts';
import * as mergeRequests from './migrations/0010-merge-requests.ts';
import * as approvals from './migrations/0011-approvals.ts';
import * as externalUses from './migrations/0012-external-uses.ts';
import * as branchEvents from './migrations/0013-branch-events.ts';
import * as superseding from './migrations/0014-superseding.ts';
import * as jobs from './migrations/0015-jobs.ts';
import * as knownExternals from './migrations/0016-known-externals.ts';
import * as appliedObjects from './migrations/0017-applied-objects.ts';
import * as artifacts from './migrations/0018-artifacts.ts';
import * as drift from './migrations/0019-drift.ts';
import * as fairOrder from './migrations/0020-fair-order.ts';
import * as waitingHooks from './migrations/0021-waiting-hooks.ts';
import * as retention from './migrations/0022-retention.ts';
import * as sparseTrees from './migrations/0023-sparse-trees.ts';
import * as beginAndEnd from './migrations/0024-begin-and-end.ts';
import * as listIndexes from './migrations/0025-list-indexes.ts';
import * as gitlabPipelines from './migrations/0026-gitlab-pipelines.ts';
import * as transitions from './migrations/0027-transitions.ts';
import * as firstTransitions from './migrations/0028-first-transitions.ts';
import * as lookupIndexes from './migrations/0029-lookup-indexes.ts';
import * as retentionIndexes from './migrations/0030-retention-indexes.ts';
import * as stepsWithRuns from './migrations/0031-steps-with-runs.ts';
import * as metricTotals from './migrations/0032-metric-totals.ts';
import * as runFiles from './migrations/0033-run-files.ts';
import * as gitHookIndex from './migrations/0034-git-hook-index.ts';
import * as commitStatuses from './migrations/0035-commit-statuses.ts';
import * as newestRevision from './migrations/0036-newest-revision.ts';
import * as chooseRun from './migrations/0037-choose-run.ts';
import * as queueRules from './migrations/0038-queue-rules.ts';
import * as environmentCluster from './migrations/0039-environment-cluster.ts';
import * as lateExternals from './migrations/0042-late-externals.ts';
import * as corrections from './migrations/0043-corrections.ts';
import * as runOrder from './migrations/0045-run-order.ts';
import * as cursorDate from './migrations/0046-cursor-date.ts';
import * as endAndBeginNext from './migrations/0047-end-and-begin-next.ts';
import * as notifiers from './migrations/0048-notifiers.ts';
import * as oneKind from './migrations/0049-one-kind.ts';
import * as tokenLimits from './migrations/0050-token-limits.ts';
import * as retargetedRequests from './migrations/0051-retargeted-requests.ts';
import * as toldOfChanges from './migrations/0052-told-of-changes.ts';
import * as stateChecks from './migrations/0053-state-checks.ts';
import * as restored from './migrations/0054-restored.ts';
import * as straightChoice from './migrations/0055-straight-choice.ts';
import * as asValues from './migrations/0056-as-values.ts';
import * as sideBySide from './migrations/0057-side-by-side.ts';
import * as retriesKeepTheirAge from './migrations/0058-retries-keep-their-age.ts';

/** In order; a migration that has been released is never changed. */
const migrations: Record<string, Migration> = {
  '0001-first-tables': firstTables,
  '0002-progress': progress,
  '0003-git': git,
  '0004-sessions': sessions,
  '0005-rules': rules,
  '0006-intake': intake,
  '0007-quiet': quiet,
  '0008-promotion': promotion,
  '0009-externals': externals,
  '0010-merge-requests': mergeRequests,
  '0011-approvals': approvals,
  '0012-external-uses': externalUses,
  '0013-branch-events': branchEvents,
  '0014-superseding': superseding,
  '0015-jobs': jobs,
  '0016-known-externals': knownExternals,
  '0017-applied-objects': appliedObjects,
  '0018-artifacts': artifacts,
  '0019-drift': drift,
  '0020-fair-order': fairOrder,
  '0021-waiting-hooks': waitingHooks,
  '0022-retention': retention,
  '0023-sparse-trees': sparseTrees,
  '0024-begin-and-end': beginAndEnd,
  '0025-list-indexes': listIndexes,
  '0026-gitlab-pipelines': gitlabPipelines,
  '0027-transitions': transitions,
  '0028-first-transitions': firstTransitions,
  '0029-lookup-indexes': lookupIndexes,
  '0030-retention-indexes': retentionIndexes,
  '0031-steps-with-runs': stepsWithRuns,
  '0032-metric-totals': metricTotals,
  '0033-run-files': runFiles,
  '0034-git-hook-index': gitHookIndex,
  '0035-commit-statuses': commitStatuses,
  '0036-newest-revision': newestRevision,
  '0037-choose-run': chooseRun,
  '0038-queue-rules': queueRules,
  '0039-environment-cluster': environmentCluster,
  '0042-late-externals': lateExternals,
  '0043-corrections': corrections,
  '0045-run-order': runOrder,
  '0046-cursor-date': cursorDate,
  '0047-end-and-begin-next': endAndBeginNext,
  '0048-notifiers': notifiers,
  '0049-one-kind': oneKind,
  '0050-token-limits': tokenLimits,
  '0051-retargeted-requests': retargetedRequests,
  '0052-told-of-changes': toldOfChanges,
  '0053-state-checks': stateChecks,
  '0054-restored': restored,
  '0055-straight-choice': straightChoice,
  '0056-as-values': asValues,
  '0057-side-by-side': sideBySide,
  '0058-retries-keep-their-age': retriesKeepTheirAge,
};

const oldestMajorVersion = 13;

/**
 * Brings the tables up to date, forward only, in one transaction. Many servers may call it at once: an advisory lock
 * lets one work while the others wait.
 *
 * @returns the names of the migrations that this call made
 * @throws Fault when the database is away, too old, not allowed to make tables, or from a newer Trunkline
 */
export async function migrateDatabase(options: { url: string; patienceMs?: number }): Promise<string[]> {
  await using db = openForMigration(options);
  await checkVersion(db);
  return (await isUpToDate(db)) ? [] : await migrateToLatest(db);
}

/**
 * Makes the tables in an empty database as they were after these migrations, which are all up to the last of them.
 *
 * @throws Fault when this Trunkline does not know them
 */
export async function migrateAsFar(url: string, names: readonly string[]): Promise<void> {
  await using db = openForMigration({ url });
  await checkVersion(db);
  refuseNewer(names);
  const { error } = await migratorOf(db).migrateTo(names.at(-1) ?? '');
  if (error !== undefined) throw error;
}

/**
 * Waits until a server has brought the tables up to date: a worker that starts before it has nothing to work with.
 *
 * @param onWait called once, when there is something to wait for
 * @throws Fault when the database is away, or from a newer Trunkline; the signal's reason when that aborts
 */
export async function waitForMigrations(
  options: { url: string; onWait: () => void },
  signal: AbortSignal,
): Promise<void> {
  await using db = openForMigration(options);
  for (let isFirst = true; !(await isUpToDate(db)); isFirst = false) {
    if (isFirst) options.onWait();
    await delay(lookAgainMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

const lookAgainMs = 500;

function openForMigration({ url, patienceMs = 12_000 }: { url: string; patienceMs?: number }) {
  const config = connectionConfig({ url, applicationName: 'trunkline migrate', statementTimeoutMs: 0 });
  const signal = new AbortController().signal;
  const pool = patientPool({ pool: makePool(config, 1), patienceMs, signal });
  return new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
}

async function isUpToDate(db: Kysely<unknown>): Promise<boolean> {
  const made = await migrationsIn(db);
  refuseNewer(made);
  return Object.keys(migrations).every((name) => made.includes(name));
}

async function checkVersion(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ version: number; name: string }>`
    select current_setting('server_version_num')::int as version, current_setting('server_version') as name`.execute(
    db,
  );
  const [server] = rows;
  if (server === undefined || server.version >= oldestMajorVersion * 10_000) return;
  throw new Fault('database-unreachable', `PostgreSQL ${server.name} is too old for Trunkline`, {
    hint: `Use PostgreSQL ${oldestMajorVersion} or later, or leave DATABASE_URL out to use the embedded one.`,
    isRetryable: false,
  });
}

async function migrationsIn(db: Kysely<unknown>): Promise<string[]> {
  const table = await sql<{ isThere: boolean }>`
    select to_regclass('trunkline.migration') is not null as "isThere"`.execute(db);
  if (!table.rows[0]?.isThere) return [];
  const { rows } = await sql<{ name: string }>`select name from trunkline.migration order by name`.execute(
    db,
  );
  return rows.map((row) => row.name);
}

function refuseNewer(made: readonly string[]): void {
  const unknown = made.filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length === 0) return;
  throw new Fault('internal', `The database was made by a newer Trunkline (it has ${unknown.join(', ')})`, {
    hint: 'Start the newer version again, or restore the database from before its upgrade.',
    isRetryable: false,
  });
}

function migratorOf(db: Kysely<unknown>): Migrator {
  return new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    migrationTableSchema: 'trunkline',
    migrationTableName: 'migration',
    migrationLockTableName: 'migration_lock',
  });
}

async function migrateToLatest(db: Kysely<unknown>): Promise<string[]> {
  const { error, results } = await migratorOf(db).migrateToLatest();
  if (error instanceof Fault) throw error;
  if (error !== undefined) {
    throw new Fault('internal', 'Cannot bring the database up to date', {
      cause: error,
      hint: 'The user in DATABASE_URL must be allowed to create a schema; nothing was changed.',
      isRetryable: false,
    });
  }
  return (results ?? []).map((result) => result.migrationName);
}
