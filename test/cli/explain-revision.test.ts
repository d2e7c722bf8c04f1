import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { insertChanges } from '../../src/store/changes.ts';
import { storeEvent } from '../../src/store/events.ts';
import { recordAlarm } from '../../src/store/record-alarm.ts';
import { ensureWatcher } from '../../src/store/watchers.ts';
import { startHttp, storeExplainedEvent } from '../http/start-http.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { environmentFor } from './run-cli.ts';
import { runHere } from './run-here.ts';

test('a revision is explained by every event that told of it, or found it', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);
  for (const name of ['shop', 'web']) await ensureWatcher(http.db, name, `https://example.com/${name}`);
  await storeExplainedEvent(http.db);
  const common = { deliveryKey: null, remote: null, headers: {}, state: 'handled' } as const;
  const commit = `812${'a'.repeat(37)}`;
  await storeEvent(http.db, {
    ...{ ...common, id: 'event-2', source: 'git-hook', repository: 'web', revision: commit },
    body: { kind: 'push', ref: 'refs/heads/main', before: '0'.repeat(40), after: commit },
  });
  await storeEvent(http.db, {
    ...{ ...common, id: 'event-3', source: 'svn-hook', repository: 'shop', revision: '812' },
    body: { revision: 812 },
  });
  const idsOf = async (...args: string[]) => {
    const { stdout } = await runHere(['explain', ...args, '--json'], environment);
    return JSON.parse(stdout).items.map(({ id }: { id: string }) => id);
  };

  const shown = await runHere(['explain', 'r7'], environment);
  const elsewhere = await runHere(['explain', 'r7', '--repository', 'web'], environment);
  const unread = await runHere(['explain', '8'], environment);

  // How long ago it was may be another second by then.
  const ageless = (text: string) => text.replace(/\S+ ago/g, 'some time ago');
  const byId = await runHere(['explain', 'event-1'], environment);
  expect({ ...shown, stdout: ageless(shown.stdout) }).toEqual({ ...byId, stdout: ageless(byId.stdout) });
  expect(await idsOf('7', '--repository', 'shop')).toEqual(['event-1']);
  expect(await idsOf('812')).toEqual(['event-3']);
  expect(await idsOf('812aaaa')).toEqual(['event-2']);
  expect(await idsOf(commit)).toEqual(['event-2']);
  expect(elsewhere.stderr).toContain('No event tells of r7 of web.');
  expect(unread).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('No event tells of 8.') });
});

test('an alarm of a watcher is explained by what it says', async () => {
  await using http = await startHttp();
  const environment = await environmentFor(http);
  await recordAlarm(http.db, { repository: 'shop', key: 'generation-2', alarm: 'HEAD went back' });
  const { id } = await http.db.selectFrom('event').select('id').executeTakeFirstOrThrow();

  const explained = await runHere(['explain', id], environment);

  expect(explained.stdout).toMatch(/^poll shop, .* ago: handled\nHEAD went back\n$/);
});

test('of all that one poll found, what is asked for is explained, and can be decided anew from a file', async () => {
  await using http = await startHttp();
  await using folder = await temporaryFolder();
  const environment = await environmentFor(http);
  await ensureWatcher(http.db, 'shop', 'https://example.com/shop');
  const common = { deliveryKey: null, remote: null, headers: {}, state: 'handled' } as const;
  await storeEvent(http.db, {
    ...{ ...common, id: 'event-1', source: 'poll', repository: 'shop', revision: '9' },
    body: { found: ['8', '9'] },
  });
  const about = { author: 'ann', committedAt: null, paths: [], pathCount: 0, eventId: 'event-1' };
  const place = { repository: 'shop', generation: 1, branch: 'trunk', ...about };
  const changes = [8, 9].map((move) => ({
    ...{ ...place, id: `change-${move}`, move, revision: `${move}`, message: `commit ${move}` },
  }));
  await insertChanges(http.db, changes);

  const told = await runHere(['explain', 'r8'], environment);
  const stored = await runHere(['explain', 'r8', '--json'], environment);
  const file = join(folder.path, 'event.json');
  await writeFile(file, `\uFEFF${stored.stdout}`);
  const steps = 'steps: [{ id: image, build: { image: shop/cart } }]';
  const cart = `name: cart\nsource: { repository: shop }\non: { commit: {} }\n${steps}\n`;
  await writeFile(join(folder.path, 'cart.yaml'), cart);
  const again = await runHere(['explain', '--file', file, '--pipelines', folder.path]);

  expect(told.stdout).toContain('trunk at r8 by ann, 0 paths: commit 8');
  expect(told.stdout).not.toContain('commit 9');
  expect(again.stdout).toMatch(/^shop: commit to trunk, paths unknown: commit 8\n/);
});
