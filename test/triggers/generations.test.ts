import { rm, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { keepExternalUse } from '../../src/store/external-uses.ts';
import { startDatabase } from '../support/postgres.ts';
import { runCommand } from '../support/run-command.ts';
import { startSubversion } from '../support/subversion.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { cursorIn, pipelineOf, prepareTriggers, runsIn } from './triggers-under-test.ts';

test('a repository restored from a backup is watched anew: an alarm, no old run again, the next commit runs', async () => {
  await using postgres = await startDatabase();
  await using subversion = await startSubversion();
  await using backup = await temporaryFolder();
  await subversion.commit({ files: { 'trunk/a.txt': '1' } });
  const pipelines = [pipelineOf('app')];
  const options = { databaseUrl: postgres.url, subversion, pipelines, pollMs: 100, mirrorPatienceMs: 1_000 };
  await using triggers = await prepareTriggers(options);
  await triggers.watch();
  await waitFor(async () => (await cursorIn(triggers.store)) === 1, { what: 'the first contact' });
  await runCommand('svnadmin', ['hotcopy', subversion.path, `${backup.path}/shop`]);
  for (const content of ['2', '3']) await subversion.commit({ files: { 'trunk/a.txt': content } });
  await waitFor(async () => (await cursorIn(triggers.store)) === 3, { what: 'r3' });

  await subversion.stop();
  // What the run of r2 found late is to be looked for in r3, which is gone.
  const run = { pipeline: 'app', repository: 'shop', generation: 1, branch: 'trunk', move: 2 };
  const external = { path: 'lib', url: `${subversion.root}/lib`, revision: '2', peg: '2', isFloating: true };
  await keepExternalUse(triggers.store.db, run, { path: '', externals: [external] });
  await rm(subversion.path, { recursive: true });
  await runCommand('cp', ['-a', `${backup.path}/shop`, subversion.path]);
  await subversion.start();
  await waitFor(async () => (await cursorIn(triggers.store)) === 1, { what: 'the restore to be noticed' });
  await subversion.commit({ files: { 'trunk/a.txt': 'another 2' } });
  await waitFor(async () => (await cursorIn(triggers.store)) === 2, { what: 'the new r2' });

  const watcher = await triggers.store.db.selectFrom('watcher').select('generation').executeTakeFirst();
  const alarms = await triggers.store.db
    .selectFrom('event')
    .select('body')
    .where('delivery_key', 'like', 'alarm:%')
    .execute();
  expect(watcher?.generation).toBe(2);
  expect(alarms).toEqual([{ body: { alarm: expect.stringContaining('HEAD went back from r3 to r1') } }]);
  expect(await runsIn(triggers.store)).toEqual(['app trunk r2', 'app trunk r3', 'app trunk r2']);
});

test('a revision that is announced again long after it was read makes the watcher look whether it is the same repository', async () => {
  await using postgres = await startDatabase();
  await using subversion = await startSubversion();
  await using backup = await temporaryFolder();
  await subversion.commit({ files: { 'trunk/a.txt': '1' } });
  await using triggers = await prepareTriggers({
    ...{ databaseUrl: postgres.url, subversion, pipelines: [pipelineOf('app')] },
  });
  const { db } = triggers.store;
  await triggers.watch();
  await waitFor(async () => (await cursorIn(triggers.store)) === 1, { what: 'the first contact' });
  await runCommand('svnadmin', ['hotcopy', subversion.path, `${backup.path}/shop`]);
  for (const revision of [2, 3]) {
    await triggers.hook(await subversion.commit({ files: { 'trunk/a.txt': `${revision}` } }));
    await waitFor(async () => (await cursorIn(triggers.store)) === revision, { what: `r${revision}` });
  }
  await rm(subversion.path, { recursive: true });
  await runCommand('cp', ['-a', `${backup.path}/shop`, subversion.path]);
  await subversion.commit({ files: { 'trunk/a.txt': 'another 2' } });

  const atOnce = await triggers.hook(2);
  const before = await cursorIn(triggers.store);
  await db
    .updateTable('event')
    .set({ received_at: new Date(Date.now() - 120_000) })
    .execute();
  const later = await triggers.hook(2);
  await waitFor(async () => (await cursorIn(triggers.store)) === 2, { what: 'the restore to be noticed' });

  expect([atOnce.kind, later.kind]).toEqual(['known', 'known']);
  expect(before).toBe(3);
  expect(await db.selectFrom('watcher').select('generation').executeTakeFirst()).toEqual({ generation: 2 });
});

test('another UUID at the same address is another repository', async () => {
  await using postgres = await startDatabase();
  await using subversion = await startSubversion();
  await subversion.commit({ files: { 'trunk/a.txt': '1' } });
  const options = { databaseUrl: postgres.url, subversion, pipelines: [pipelineOf('app')], pollMs: 100 };
  await using triggers = await prepareTriggers(options);
  await triggers.watch();
  await waitFor(async () => (await cursorIn(triggers.store)) === 1, { what: 'the first contact' });

  await runCommand('svnadmin', ['setuuid', subversion.path]);
  const uuid = (await runCommand('svnlook', ['uuid', subversion.path])).trim();

  const watcher = await waitFor(
    () => triggers.store.db.selectFrom('watcher').selectAll().where('uuid', '=', uuid).executeTakeFirst(),
    { what: 'the new UUID to be known' },
  );
  expect(watcher).toMatchObject({ generation: 2, cursor: 1 });
  expect(await runsIn(triggers.store)).toEqual([]);
});

test('a repository restored from a backup that has grown past what was read is seen: what is new runs once, though its numbers are old ones', async () => {
  await using postgres = await startDatabase();
  await using subversion = await startSubversion();
  await using backup = await temporaryFolder();
  await subversion.commit({ files: { 'trunk/a.txt': '1' } });
  await using triggers = await prepareTriggers({
    ...{ databaseUrl: postgres.url, subversion, pipelines: [pipelineOf('app')] },
  });
  const { db } = triggers.store;
  await triggers.watch();
  await waitFor(async () => (await cursorIn(triggers.store)) === 1, { what: 'the first contact' });
  for (const revision of [2, 3]) {
    if (revision === 3) await runCommand('svnadmin', ['hotcopy', subversion.path, `${backup.path}/shop`]);
    await triggers.hook(await subversion.commit({ files: { 'trunk/a.txt': `${revision}` } }));
    await waitFor(async () => (await cursorIn(triggers.store)) === revision, { what: `r${revision}` });
  }
  await rm(subversion.path, { recursive: true });
  await runCommand('cp', ['-a', `${backup.path}/shop`, subversion.path]);
  await subversion.commit({ files: { 'trunk/a.txt': 'another 3' } });

  await triggers.hook(await subversion.commit({ files: { 'trunk/a.txt': '4' } }));
  await waitFor(async () => (await cursorIn(triggers.store)) === 4, { what: 'r4' });

  const alarms = await db
    .selectFrom('event')
    .select('body')
    .where('delivery_key', 'like', 'alarm:%')
    .execute();
  expect(await db.selectFrom('watcher').select('generation').executeTakeFirst()).toEqual({ generation: 2 });
  expect(alarms).toEqual([
    { body: { alarm: expect.stringMatching(/^r3 is not .* what follows r2 is new$/) } },
  ]);
  expect(await runsIn(triggers.store)).toEqual([
    ...['app trunk r2', 'app trunk r3', 'app trunk r3', 'app trunk r4'],
  ]);
});

test('a mirror is still the same repository when svnsync writes the true author and date of a revision that was read already', async () => {
  await using postgres = await startDatabase();
  await using subversion = await startSubversion();
  await using mirror = await startSubversion();
  await allowRevisionProperties(mirror.path);
  await subversion.commit({ files: { 'trunk/a.txt': '1' } });
  const sync = async (...args: string[]) => runCommand('svnsync', [...args, '--non-interactive']);
  const commit = async (content: string) => {
    await subversion.commit({ files: { 'trunk/a.txt': content }, message: `change ${content}` });
    await sync('synchronize', `file://${mirror.path}`, '--sync-username', 'ann', '--source-username', 'ann');
  };
  await sync('initialize', `file://${mirror.path}`, subversion.root);
  await commit('2');
  const options = { databaseUrl: postgres.url, subversion: mirror, pipelines: [pipelineOf('app')] };
  await using triggers = await prepareTriggers({ ...options, pollMs: 100 });
  const { db } = triggers.store;
  await triggers.watch();
  await waitFor(async () => (await cursorIn(triggers.store)) === 2, { what: 'the first contact' });
  await commit('3');
  await waitFor(async () => (await runsIn(triggers.store)).length === 1, { what: 'the run of r3' });
  // Read in the moment before svnsync has written them.
  const early = { author: 'syncer', committed_at: new Date(Date.now() + 1_000) };
  await db.updateTable('change').set(early).execute();
  await db.updateTable('run').set(early).execute();
  await db.updateTable('watcher').set({ cursor_date: early.committed_at.toISOString() }).execute();

  await commit('4');
  await waitFor(async () => (await cursorIn(triggers.store)) === 4, { what: 'r4' });

  expect(await db.selectFrom('watcher').select('generation').execute()).toEqual([{ generation: 1 }]);
  expect(await runsIn(triggers.store)).toEqual(['app trunk r3', 'app trunk r4']);
  const third = await db.selectFrom('run').select('author').where('revision', '=', '3').execute();
  expect(third).toEqual([{ author: 'alice' }]);
});

test('what svnsync writes of a revision after it was read is read again, without another commit', async () => {
  await using postgres = await startDatabase();
  await using subversion = await startSubversion();
  await using mirror = await startSubversion();
  await allowRevisionProperties(mirror.path);
  const at = `file://${mirror.path}`;
  const set = (revision: number, name: string, value: string) =>
    runCommand('svn', ['propset', '--revprop', '-r', `${revision}`, name, value, at, '--non-interactive']);
  const options = { databaseUrl: postgres.url, subversion: mirror, pipelines: [pipelineOf('app')] };
  await runCommand('svnsync', ['initialize', at, subversion.root, '--non-interactive']);
  await using triggers = await prepareTriggers(options);
  const { db } = triggers.store;
  await triggers.watch();
  await waitFor(async () => (await cursorIn(triggers.store)) === 0, { what: 'the first contact' });
  // As svnsync has it in the moment after its commit.
  await mirror.commit({ files: { 'trunk/a.txt': '1' }, author: 'syncer' });

  await triggers.hook(1);
  const authors = async () =>
    (await db.selectFrom('run').select('author').execute()).map((run) => run.author);
  await waitFor(async () => (await authors()).length === 1, { what: 'the run of r1' });
  const early = await authors();
  await set(1, 'svn:author', 'ann');
  await set(1, 'svn:date', '2026-01-02T03:04:05.000006Z');
  await set(0, 'svn:sync-last-merged-rev', '1');
  const told = async () => {
    const rows = await db.selectFrom('change').select(['author', 'committed_at']).execute();
    return rows.map((row) => `${row.author} ${row.committed_at?.toISOString()}`).join();
  };
  await waitFor(async () => (await told()) === 'ann 2026-01-02T03:04:05.000Z', {
    ...{ what: 'the true author and date', deadlineMs: 60_000 },
  });

  expect(early).toEqual(['syncer']);
  expect(await authors()).toEqual(['ann']);
});

/** Without a hook that allows it Subversion changes no property of a revision. */
async function allowRevisionProperties(path: string): Promise<void> {
  await writeFile(`${path}/hooks/pre-revprop-change`, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
}
