import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { startWebhookWatch } from '../../src/notify/webhook-watch.ts';
import { openDatabase } from '../../src/store/database.ts';
import { latestAlarms } from '../../src/store/hook-health.ts';
import { startDatabase } from '../support/postgres.ts';
import { waitFor } from '../support/wait-for.ts';
import { startForge } from './forge-under-test.ts';

test('a webhook that GitLab has stopped is an alarm, once, and GitLab is asked to test it until it goes on', async () => {
  await using postgres = await startDatabase();
  await using stack = new AsyncDisposableStack();
  const store = openDatabase({ url: postgres.url, applicationName: 'webhooks under test' });
  stack.defer(() => store.close());
  const hook = { id: 5, url: 'https://ci.example.com/hooks/gitlab', disabled_until: null };
  const list = (alert_status: string) => ({ code: 200, body: JSON.stringify([{ ...hook, alert_status }]) });
  await using forge = await startForge([
    ...[{ code: 403 }, list('disabled'), { code: 422 }, list('disabled'), { code: 201 }],
    ...[list('executable'), list('executable')],
  ]);

  stack.use(
    startWebhookWatch({
      ...{ store, repository: 'shop', url: 'https://ci.example.com', logger: pino({ level: 'silent' }) },
      statuses: {
        forge: 'gitlab',
        token: new Secret('s3cret'),
        api: forge.api,
        project: 'shop/web',
        ca: null,
      },
      everyMs: 20,
    }),
  );
  await waitFor(() => forge.received.length >= 7, { what: 'it to be looked at five times' });

  const asked = forge.received.slice(0, 7).map(({ method, path }) => `${method} ${path}`);
  const look = 'GET /api/projects/shop%2Fweb/hooks?per_page=100';
  const try5 = 'POST /api/projects/shop%2Fweb/hooks/5/test/push_events';
  expect(asked).toEqual([look, look, try5, look, try5, look, look]);
  const alarms = await latestAlarms(store.db, 'shop');
  expect(alarms.map(({ text }) => text)).toEqual([
    expect.stringContaining('GitLab has stopped its webhook 5 for good'),
  ]);
});
