import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { insertChanges } from '../../src/store/changes.ts';
import type { Db } from '../../src/store/database.ts';
import { startHttp } from './start-http.ts';
import { deployed } from './store-deployed.ts';

const hour = 3_600_000;

test('the five measures of an environment come of its own records, Subversion revisions included', async () => {
  await using http = await startHttp();
  const { db } = http;
  // Each a minute after the one before: the first an hour and a half ago.
  for (const [number, outcome] of [
    [1, 'succeeded'],
    [4, 'succeeded'],
    [5, 'failed'],
    [6, 'failed'],
    [7, 'succeeded'],
    [8, 'succeeded'],
    [9, 'succeeded'],
  ] as const)
    await deployed(db, { number, outcome });
  await sql`
    update deployment set started_at = now() - interval '91 minutes' + move * interval '1 minute',
      ended_at = now() - interval '90 minutes' + move * interval '1 minute',
      evidence = case when move = 6 then '{}'::jsonb end`.execute(db);
  // What failed before anything ran (5) does not count, what corrects (8) neither, and 9 takes 7 back.
  await sql`update run set trigger = 'correction' where number = 8`.execute(db);
  await sql`update run set trigger = 'rollback', move = 4 where number = 9`.execute(db);
  await sql`update deployment set move = 4 where move = 9`.execute(db);
  const { rows } = await sql<{
    at: Date;
  }>`select ended_at as at from deployment where move = 4 and deploy_id = 'd4'`.execute(db);
  const end = rows[0]?.at.getTime() ?? 0;
  await storeChanges(db, [
    { move: 2, at: new Date(end - 3 * hour) },
    { move: 3, at: new Date(end - 2 * hour) },
    { move: 4, at: new Date(end - 1 * hour) },
  ]);

  const headers = await http.as('read');
  const answer = await http.app.inject({ url: '/api/v1/environments/staging/delivery?days=10', headers });
  const none = await http.app.inject({ url: '/api/v1/environments/production/delivery', headers });
  const metrics = await http.app.inject({ url: '/metrics/delivery', headers });

  expect(answer.json()).toMatchObject({
    ...{ environment: 'staging', days: 10, deployments: 3, deploymentsPerDay: 0.3 },
    ...{ leadTimeMs: 2 * hour, changeFailureRatio: 2 / 4, recoveryMs: 60_000, reworkRatio: 1 / 5 },
  });
  expect(none.json()).toMatchObject({ days: 30, deployments: 0, leadTimeMs: null });
  expect(metrics.body).toContain('trunkline_dora_lead_time_seconds{environment="staging"} 7200');
  expect(metrics.body).toContain('trunkline_dora_change_failure_ratio{environment="staging"} 0.5');
  expect(metrics.body).not.toContain('trunkline_dora_recovery_seconds{environment="production"}');
});

test('it is told of environments that there are, for up to a year', async () => {
  await using http = await startHttp();
  const headers = await http.as('read');
  const status = async (path: string) =>
    (await http.app.inject({ url: `/api/v1/environments/${path}`, headers })).statusCode;

  expect(await status('nowhere/delivery')).toBe(404);
  expect(await status('staging/delivery?days=366')).toBe(400);
});

async function storeChanges(db: Db, changes: { move: number; at: Date }[]): Promise<void> {
  const rows = changes.map(({ move, at }) => ({
    ...{
      id: `change-${move}`,
      repository: 'shop',
      generation: 1,
      branch: 'trunk',
      move,
      revision: `${move}`,
    },
    ...{ author: 'ann', committedAt: at.toISOString(), message: `Change ${move}`, eventId: null },
    ...{ paths: [{ path: 'a.txt', action: 'modified', kind: 'file' } as const], pathCount: 1 },
  }));
  await insertChanges(db, rows);
}
