import { expect, test } from 'vitest';
import { claimDriftReport, storeDriftReport, wantDriftReport } from '../../src/store/drift-reports.ts';
import { startHttp } from '../http/start-http.ts';
import { deployed } from '../http/store-deployed.ts';
import { environmentFor } from './run-cli.ts';
import { runHere } from './run-here.ts';

const claim = { environment: 'staging', everyMs: null, ttlMs: 60_000 };
const field = {
  path: 'spec.replicas',
  applied: '2',
  live: '5',
  manager: 'kubectl',
  at: '2026-11-28T12:00:00Z',
};

test('the last report is told by both commands, with the fields where there are several', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);
  const none = await runHere(['drift', 'staging'], environment);
  await wantDriftReport(http.db, 'staging');
  const takenAt = await claimDriftReport(http.db, claim);
  const image = { ...field, path: 'spec.image', applied: 'a', live: 'b' };
  await storeDriftReport(http.db, {
    environment: 'staging',
    takenAt: takenAt ?? new Date(0),
    objects: [
      { object: 'deployment/cart', state: 'changed', fields: [field, image], note: null, deployId: null },
      { object: 'configmap/old', state: 'gone', fields: [], note: null, deployId: null },
    ],
  });

  const report = await runHere(['drift', 'staging'], environment);
  const place = await runHere(['environments', 'staging'], environment);

  expect(none.stdout).toMatch(/^Nobody has looked for changes by hand in staging yet\.$/m);
  expect(report.stdout).toMatch(/^ {2}deployment\/cart: 2 fields were changed by kubectl$/m);
  expect(report.stdout).toMatch(/^ {2}spec\.image: a -> b \(kubectl\)$/m);
  expect(place.stdout).toMatch(/^ {2}configmap\/old is gone: somebody has deleted it$/m);
});

test('a look that is asked for is taken once, and one that fails keeps what was found before', async () => {
  await using http = await startHttp();
  const post = () =>
    http.app.inject({
      method: 'POST',
      url: '/api/v1/environments/staging/drift',
      headers: { authorization: token },
    });
  const { authorization: token } = await http.as('run');
  const asked = await post();

  const [first, second] = await Promise.all([
    claimDriftReport(http.db, claim),
    claimDriftReport(http.db, claim),
  ]);
  const takenAt = first ?? second ?? new Date(0);
  await post();
  await storeDriftReport(http.db, { environment: 'staging', takenAt, problem: 'the cluster is away' });
  const report = await http.app.inject({
    url: '/api/v1/environments/staging/drift',
    headers: { authorization: token },
  });

  expect(asked.statusCode).toBe(202);
  expect([first, second].filter((at) => at !== null)).toHaveLength(1);
  expect(report.json()).toMatchObject({ problem: 'the cluster is away', wantedAt: expect.any(String) });
  expect(await claimDriftReport(http.db, claim)).not.toBeNull();
});

test('on a schedule, the first look comes when the first deployment is old enough', async () => {
  await using http = await startHttp();
  const daily = { ...claim, everyMs: 86_400_000 };
  const empty = await claimDriftReport(http.db, daily);
  await deployed(http.db, { number: 1, outcome: 'succeeded' });
  const young = await claimDriftReport(http.db, daily);
  await http.db
    .updateTable('deployment')
    .set({ ended_at: new Date(Date.now() - 90_000_000) })
    .execute();
  const due = await claimDriftReport(http.db, daily);

  expect([empty, young]).toEqual([null, null]);
  expect(due).not.toBeNull();
});
