import { sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { expect, test } from 'vitest';
import { replay } from '../../src/domain/run-history.ts';
import { admitRun } from '../../src/runs/admit-run.ts';
import { retryRun } from '../../src/runs/repeat-run.ts';
import { type Db, openDatabase } from '../../src/store/database.ts';
import { migrateDatabase } from '../../src/store/migrate.ts';
import * as firstTables from '../../src/store/migrations/0001-first-tables.ts';
import * as progress from '../../src/store/migrations/0002-progress.ts';
import * as git from '../../src/store/migrations/0003-git.ts';
import * as sessions from '../../src/store/migrations/0004-sessions.ts';
import * as rules from '../../src/store/migrations/0005-rules.ts';
import * as intake from '../../src/store/migrations/0006-intake.ts';
import * as firstTransitions from '../../src/store/migrations/0028-first-transitions.ts';
import { readHistory } from '../../src/store/run-history.ts';
import { readRun } from '../../src/store/runs.ts';
import { authenticateToken, createToken } from '../../src/store/tokens.ts';
import { startPostgres } from '../support/postgres.ts';

test('a database with the rows of an older Trunkline is brought up to date, and its runs go on', async () => {
  await using postgres = await startPostgres();
  await using store = openDatabase({ url: postgres.url, applicationName: 'test' });
  const { db } = store;
  await migrateAsBefore(db);
  await storeAsBefore(db);

  const made = await migrateDatabase({ url: postgres.url });
  const { token } = await createToken(db, { name: 'ann', scopes: ['run'], expiresAt: null });
  const wish = { owner: 'w/1', ttlMs: 60_000, labels: [] };
  const queued = await admitRun(db, { ...wish, runId: 'queued' });
  const running = await admitRun(db, { ...wish, runId: 'running' });
  const { runId } = (await retryRun(db, { runId: 'failed', by: 'ann' })) as { runId: string };

  expect(made[0]).toBe('0007-quiet');
  expect(await authenticateToken(db, token)).toMatchObject({ roles: [] });
  expect([queued.kind, running.kind]).toEqual(['waiting', 'admitted']);
  expect(await readRun(db, runId)).toMatchObject({ trigger: 'retry', number: 4, told: { trigger: 'retry' } });
  await expect(insertChange(db, 'c2')).rejects.toMatchObject({ constraint: 'change_move' });
  const decisions = await db.selectFrom('decision').select(['verdict', 'branch_of_use']).execute();
  expect(decisions).toEqual([{ verdict: 'run', branch_of_use: '' }]);
});

test('a run that was open when histories came has one that can be replayed', async () => {
  await using postgres = await startPostgres();
  await using store = openDatabase({ url: postgres.url, applicationName: 'test' });
  const { db } = store;
  await migrateDatabase({ url: postgres.url });
  await storeAsBefore(db);
  await sql`update step set state = 'running', attempt = 1 where run_id = 'running'`.execute(db);
  await db.deleteFrom('transition').execute();
  await sql`update step set state = 'ended', outcome = 'succeeded' where run_id = 'running'`.execute(db);
  await sql`update run set state = 'ended', outcome = 'succeeded', ended_at = now() where id = 'running'`.execute(
    db,
  );

  await firstTransitions.up(db as never);

  const image = { state: 'ended', outcome: 'succeeded', reason: null, attempt: 1 };
  expect(await replayed(db, 'running')).toEqual({
    run: { state: 'ended', outcome: 'succeeded', reason: null },
    steps: new Map([['image', image]]),
  });
  expect((await replayed(db, 'queued')).run.state).toBe('queued');
  expect(await readHistory(db, 'failed')).toEqual([]);
});

async function replayed(db: Db, runId: string) {
  const rows = await readHistory(db, runId);
  return replay(rows.map((row) => ({ ...row, step: row.step_id, from: row.from_state, to: row.to_state })));
}

/** As the version before the one with approvals left it. */
async function migrateAsBefore(db: Db): Promise<void> {
  const before = {
    '0001-first-tables': firstTables,
    '0002-progress': progress,
    '0003-git': git,
    '0004-sessions': sessions,
    '0005-rules': rules,
    '0006-intake': intake,
  };
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => before },
    migrationTableSchema: 'trunkline',
    migrationTableName: 'migration',
    migrationLockTableName: 'migration_lock',
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

async function storeAsBefore(db: Db): Promise<void> {
  const definition = JSON.stringify({
    name: 'cart',
    source: { repository: 'shop', path: '' },
    on: { commit: null, schedule: null, pipeline: null },
    concurrency: { group: '${branch}', queue: 'latest' },
    steps: [{ id: 'image', kind: 'build', needs: [], timeoutMs: 1000, retry: { max: 0, on: [] } }],
  });
  await insertChange(db, 'c1');
  const states = [
    { id: 'failed', state: 'ended', outcome: 'failed' },
    { id: 'running', state: 'running', outcome: null },
    { id: 'queued', state: 'queued', outcome: null },
  ];
  for (const [index, { id, state, outcome }] of states.entries()) {
    await sql`insert into run (id, number, pipeline, pipeline_source, definition, repository, generation, branch, move,
        revision, message, trigger, requested_by, parameters, concurrency_group, state, outcome, ended_at)
      values (${id}, ${index + 1}, 'cart', 'name: cart', ${definition}::jsonb, 'shop', 1, 'trunk', 7, '7', '', 'commit',
        'ann', '{}', 'cart/trunk', ${state}, ${outcome}, ${outcome === null ? null : new Date()})`.execute(
      db,
    );
    await sql`insert into step (run_id, id, position, kind, state, outcome) values (${id}, 'image', 0, 'build',
      ${state === 'ended' ? 'ended' : 'pending'}, ${outcome})`.execute(db);
  }
  await sql`insert into decision (change_id, pipeline, verdict, filters, run_id)
    values ('c1', 'cart', 'run', '[]', 'failed')`.execute(db);
}

async function insertChange(db: Db, id: string): Promise<void> {
  await sql`insert into change (id, repository, generation, branch, move, revision, message, paths, path_count)
    values (${id}, 'shop', 1, 'trunk', 7, '7', '', '[]', 0)`.execute(db);
}
