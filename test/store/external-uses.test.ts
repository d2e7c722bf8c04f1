import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { keepExternalUse, knownExternals, storeTreeEvents } from '../../src/store/external-uses.ts';
import { startDatabase } from '../support/postgres.ts';

const run = { pipeline: 'app', repository: 'shop', generation: 1, branch: 'trunk', move: 50 };
const external = { path: 'lib', url: 'svn://host/shop/lib', revision: '50', peg: '50', isFloating: true };

test('what makes up a tree is told by the newest run of the newest generation, in whatever order they end', async () => {
  await using postgres = await startDatabase();
  await using store = openDatabase({ url: postgres.url, applicationName: 'test' });
  const keep = (generation: number, move: number, name: string) =>
    keepExternalUse(
      store.db,
      { ...run, generation, move },
      { path: '', externals: [{ ...external, path: name }] },
    );
  const known = async () =>
    (await store.db.selectFrom('external_use').selectAll().execute()).map(
      ({ generation, move, externals }) => [generation, Number(move), externals[0]?.path],
    );

  await keep(1, 50, 'first');
  await keep(1, 40, 'older');
  expect(await known()).toEqual([[1, 50, 'first']]);
  await keep(2, 10, 'restored');
  await keep(1, 60, 'of a repository that is no more');

  expect(await known()).toEqual([[2, 10, 'restored']]);
  await keep(2, 10, 'again');
  expect(await known()).toEqual([[2, 10, 'again']]);
});

test('what a sparse tree has is not taken for all of it', async () => {
  await using postgres = await startDatabase();
  await using store = openDatabase({ url: postgres.url, applicationName: 'test' });
  const externals = [external];
  const known = (only?: string[]) => knownExternals(store.db, run, { path: '', only });

  await keepExternalUse(store.db, run, { path: '', only: ['a'], externals });

  expect(await known(['a'])).toEqual(externals);
  expect(await known(['a', 'b'])).toBeUndefined();
  expect(await known()).toBeUndefined();
});

test.each([
  [false, 'trunk/app', 'app'],
  [true, 'app', 'trunk/app'],
])('where the root is a branch (%s) a tree goes with its folder, %s', async (hasNoBranches, own, other) => {
  await using postgres = await startDatabase();
  await using store = openDatabase({ url: postgres.url, applicationName: 'test' });
  const { repository, generation } = run;
  const known = () => knownExternals(store.db, { ...run, move: 70 }, { path: 'app' });
  const events = {
    repository,
    generation,
    hasNoBranches,
    suspects: [],
    deleted: [],
    stale: [],
    revision: 60,
  };
  const keep = () => keepExternalUse(store.db, run, { path: 'app', externals: [external] });

  await keep();
  await storeTreeEvents(store.db, { ...events, deleted: [other], suspects: [other] });
  expect(await known()).toEqual([external]);
  await storeTreeEvents(store.db, { ...events, suspects: [own] });
  expect(await known()).toBeUndefined();
  await storeTreeEvents(store.db, { ...events, deleted: [own] });

  expect(await store.db.selectFrom('external_use').selectAll().execute()).toEqual([]);
});
