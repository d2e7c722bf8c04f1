import { expect, test } from 'vitest';
import { Fault } from '../../src/domain/fault.ts';
import { addNotifier, freeNotifier } from '../../src/store/notifications.ts';
import { announceWorker, markWorker } from '../../src/store/workers.ts';
import { startHttp } from './start-http.ts';
import { testConfig } from './test-config.ts';

const workerFacts = { id: 'w1', host: 'node-1', pid: 1, version: '1', concurrency: 2, labels: [] };

test('the server is ready while database and queue answer', async () => {
  let isQueueAway = false;
  await using http = await startHttp({
    queueDepth: async () => {
      if (isQueueAway) throw new Fault('queue-unreachable', 'no Redis at redis://10.0.0.9');
      return 0;
    },
  });

  await announceWorker(http.db, workerFacts);
  const before = await http.app.inject('/readyz');
  isQueueAway = true;
  const after = await http.app.inject('/readyz');

  const checks = { database: 'ok', queue: 'ok' };
  expect(before.json()).toEqual({ status: 'ready', checks, degraded: [] });
  expect(after.statusCode).toBe(503);
  expect(after.json()).toEqual({
    status: 'not-ready',
    checks: { database: 'ok', queue: 'failed' },
    degraded: [],
  });
});

test('a full disk is told by the readiness and the metrics, and takes no server out of service', async () => {
  await using http = await startHttp({ seenDisk: () => ({ isFull: true, percentUsed: 97 }) });
  for (const id of ['w1', 'w2', 'w3']) await announceWorker(http.db, { ...workerFacts, id });
  await markWorker(http.db, 'w2', { state: 'ready', stoppedTaking: 'the disk is full' });
  await markWorker(http.db, 'w3', { state: 'gone', stoppedTaking: null });

  const ready = await http.app.inject('/readyz');
  const { body } = await http.app.inject({ url: '/metrics', headers: await http.as('read') });

  expect(ready.statusCode).toBe(200);
  expect(ready.json()).toMatchObject({ status: 'ready', degraded: ['disk-full'] });
  expect(body).toContain('trunkline_workers{state="ready"} 2');
  expect(body).toContain('trunkline_worker_disk_full{worker="w1",host="node-1"} 0');
  expect(body).toContain('trunkline_worker_disk_full{worker="w2",host="node-1"} 1');
  expect(body).not.toContain('worker="w3"');
  expect(body).toContain('trunkline_disk_used_percent 97');
});

test('no worker that takes runs is told by the readiness, and takes no server out of service', async () => {
  await using http = await startHttp();
  const degraded = async () => (await http.app.inject('/readyz')).json().degraded;

  const none = await http.app.inject('/readyz');
  await announceWorker(http.db, workerFacts);
  const one = await degraded();
  await markWorker(http.db, 'w1', { state: 'draining', stoppedTaking: null });
  const draining = await degraded();
  await announceWorker(http.db, workerFacts);
  await http.db
    .updateTable('worker')
    .set({ seen_at: new Date(Date.now() - 3_600_000) })
    .execute();
  const silent = await degraded();

  expect(none.statusCode).toBe(200);
  expect([none.json().degraded, one, draining, silent]).toEqual([
    ['no-worker'],
    [],
    ['no-worker'],
    ['no-worker'],
  ]);
});

test('who takes no messages is told by readiness, metrics and a list, as long as the config names it', async () => {
  const mail = { host: 'mail', port: 587, isTls: false, insecure: false, credentials: null, ca: null };
  const wish = { wanted: ['failure' as const], pipelines: null, branches: null, language: 'en' as const };
  const team = { name: 'team', kind: 'mail' as const, server: { ...mail, from: '', to: [] }, ...wish };
  await using http = await startHttp({ config: { ...testConfig, notify: { team } } });
  await announceWorker(http.db, workerFacts);
  for (const name of ['team', 'former']) {
    await addNotifier(http.db, name);
    for (let time = 0; time < 3; time += 1)
      await freeNotifier(http.db, { name, inMs: 60_000, error: '535 no such account' });
  }
  const headers = await http.as('read');
  const look = async () => ({
    ready: (await http.app.inject('/readyz')).json().degraded,
    metric: /^trunkline_notifier_refusals.*$/m.exec(
      (await http.app.inject({ url: '/metrics', headers })).body,
    )?.[0],
    list: (await http.app.inject({ url: '/api/v1/notifiers', headers })).json().items,
  });

  const failing = await look();
  await freeNotifier(http.db, { name: 'team', inMs: 0, error: null });
  const well = await look();

  expect(failing).toMatchObject({
    ready: ['notifier-failing'],
    metric: 'trunkline_notifier_refusals{notifier="team"} 3',
    list: [{ name: 'team', kind: 'mail', refusals: 3, error: '535 no such account' }],
  });
  expect(well).toMatchObject({
    ready: [],
    metric: 'trunkline_notifier_refusals{notifier="team"} 0',
    list: [{ name: 'team', refusals: 0, error: null }],
  });
});

test('a queue that never answers makes the server not ready within 3 s', async () => {
  await using http = await startHttp({ queueDepth: () => new Promise(() => {}) });
  const begin = performance.now();

  const { statusCode } = await http.app.inject('/readyz');

  expect(statusCode).toBe(503);
  expect(performance.now() - begin).toBeLessThan(3000);
});
