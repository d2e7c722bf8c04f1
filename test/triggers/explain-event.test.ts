import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { storeEvent } from '../../src/store/events.ts';
import { listEvents } from '../../src/store/list-events.ts';
import { migrateDatabase } from '../../src/store/migrate.ts';
import { ensureWatcher } from '../../src/store/watchers.ts';
import { explainEvent } from '../../src/triggers/explain-event.ts';
import { startPostgres } from '../support/postgres.ts';

test('a hook is shown as handled only when history has been read up to the revision that it announced', async () => {
  await using postgres = await startPostgres();
  await migrateDatabase({ url: postgres.url });
  await using store = openDatabase({ url: postgres.url, applicationName: 'test explain' });
  const { db } = store;
  const id = randomUUID();
  await ensureWatcher(db, 'shop', 'svn://svn.example.com/shop');
  await db.updateTable('watcher').set({ cursor: 8 }).execute();
  await storeEvent(db, {
    ...{ id, source: 'svn-hook', repository: 'shop', revision: '9', deliveryKey: id },
    ...{ remote: null, headers: {}, body: {}, state: 'handled' },
  });

  const before = await explainEvent(db, id);
  const listedBefore = await listEvents(db, {}, { limit: 5, after: null });
  await db.updateTable('watcher').set({ cursor: 9 }).execute();
  const after = await explainEvent(db, id);
  const listedAfter = await listEvents(db, {}, { limit: 5, after: null });

  expect(before).toMatchObject({ event: { state: 'received' }, changes: [] });
  expect(after).toMatchObject({ event: { state: 'handled' }, changes: [] });
  const states = [listedBefore, listedAfter].map(({ rows }) => rows.map(({ state }) => state));
  expect(states).toEqual([['received'], ['handled']]);
});
