import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createRun } from '../../src/runs/create-run.ts';
import { openDatabase } from '../../src/store/database.ts';
import { ensureWatcher } from '../../src/store/watchers.ts';
import { RepositoryWatcher } from '../../src/triggers/repository-watcher.ts';
import { startDatabase } from '../support/postgres.ts';
import { waitFor } from '../support/wait-for.ts';

test('a repository that this server alone does not reach is asked after its rest, not before', async () => {
  await using postgres = await startDatabase();
  const store = openDatabase({ url: postgres.url, applicationName: 'a watcher under test' });
  await using _closed = { [Symbol.asyncDispose]: () => store.close() };
  const { db } = store;
  await ensureWatcher(db, 'shop', 'svn://svn.example.com/shop');
  const warnings: Error[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  process.prependListener('warning', note);
  const asked: number[] = [];
  const follower = {
    ...{ isAnnounced: true, announce() {}, notice() {}, forget() {} },
    lookAhead: () => undefined,
    lookAgainInMs: () => undefined,
    async catchUp(): Promise<never> {
      asked.push(performance.now());
      // Another server gets through each time.
      await db.updateTable('watcher').set({ failures: -1 }).execute();
      throw new Error('the server is away');
    },
  };
  const watch = {
    ...{ db, repository: { name: 'shop' }, entries: () => [], createRun, deliverRun: async () => {} },
    logger: pino({ level: 'silent' }),
  };

  const options = { pollMs: 100, owner: 'test', claimMs: 2_000, firstPollInMs: 0 };
  await using _watcher = new RepositoryWatcher(watch, follower, options);
  await waitFor(() => asked.length >= 3, { what: 'three questions' });
  process.off('warning', note);

  const [, second = 0, third = 0] = asked;
  expect(third - second).toBeGreaterThanOrEqual(1_950);
  expect(warnings).toEqual([]);
});
