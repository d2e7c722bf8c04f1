import { rename, rm } from 'node:fs/promises';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { startDatabase } from '../support/postgres.ts';
import { runCommand } from '../support/run-command.ts';
import { type Subversion, startSubversion } from '../support/subversion.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { cursorIn, pipelineOf, prepareTriggers, runsIn, type Triggers } from './triggers-under-test.ts';

test.each([
  { replaced: 'restored from a backup', by: 'HEAD went back from r4 to r3' },
  { replaced: 'loaded under another UUID', by: "The repository's UUID changed" },
])('what was committed to a repository before it is seen that it was $replaced runs too', async ({ by }) => {
  await using postgres = await startDatabase();
  await using subversion = await startSubversion();
  await using backup = await temporaryFolder();
  await subversion.commit({ files: { 'trunk/a.txt': '1' } });
  await using triggers = await prepareTriggers({
    ...{ databaseUrl: postgres.url, subversion, pipelines: [pipelineOf('app')], pollMs: 100 },
  });
  await readFourRevisions(triggers, subversion, `${backup.path}/shop`);

  await subversion.stop();
  await rm(subversion.path, { recursive: true });
  await runCommand('cp', ['-a', `${backup.path}/shop`, subversion.path]);
  if (by.includes('UUID')) await runCommand('svnadmin', ['setuuid', subversion.path]);
  await subversion.commit({ files: { 'trunk/a.txt': 'another 3' } });
  await subversion.start();
  await waitFor(async () => (await cursorIn(triggers.store)) === 3, { what: 'the new r3' });

  const alarms = await triggers.store.db
    .selectFrom('event')
    .select(sql<string>`body ->> 'alarm'`.as('alarm'))
    .where('delivery_key', 'like', 'alarm:%')
    .execute();
  expect(alarms).toEqual([{ alarm: expect.stringContaining(by) }]);
  expect(alarms).toEqual([{ alarm: expect.stringMatching(/; what follows r2 is new$/) }]);
  expect((await runsIn(triggers.store)).toSorted()).toEqual([
    'app trunk r2',
    'app trunk r3',
    'app trunk r3',
    'app trunk r4',
  ]);
});

test('a mirror that lags behind another one at the same address is no restored backup: nothing runs twice', async () => {
  await using postgres = await startDatabase();
  await using subversion = await startSubversion();
  await using other = await temporaryFolder();
  await subversion.commit({ files: { 'trunk/a.txt': '1' } });
  await using triggers = await prepareTriggers({
    ...{ databaseUrl: postgres.url, subversion, pipelines: [pipelineOf('app')], pollMs: 100 },
  });
  await readFourRevisions(triggers, subversion, `${other.path}/lagging`);

  await rename(subversion.path, `${other.path}/ahead`);
  await rename(`${other.path}/lagging`, subversion.path);
  const asked = () => triggers.asked.filter((call) => call === 'identify').length;
  const before = asked();
  await waitFor(() => asked() > before + 2, { what: 'the lagging mirror to be asked' });
  await rename(subversion.path, `${other.path}/lagging`);
  await rename(`${other.path}/ahead`, subversion.path);
  await subversion.commit({ files: { 'trunk/a.txt': '5' } });
  await waitFor(async () => (await runsIn(triggers.store)).includes('app trunk r5'), {
    what: 'the run of r5',
  });

  const watcher = await triggers.store.db.selectFrom('watcher').select('generation').execute();
  expect(watcher).toEqual([{ generation: 1 }]);
  expect(await runsIn(triggers.store)).toEqual([2, 3, 4, 5].map((revision) => `app trunk r${revision}`));
});

test('what is committed after a second restore, to before where the first one began, runs too', async () => {
  await using postgres = await startDatabase();
  await using subversion = await startSubversion();
  await using backup = await temporaryFolder();
  const keep = (name: string) =>
    runCommand('svnadmin', ['hotcopy', subversion.path, `${backup.path}/${name}`]);
  const restore = async (name: string, content: string) => {
    await subversion.stop();
    await rm(subversion.path, { recursive: true });
    await runCommand('cp', ['-a', `${backup.path}/${name}`, subversion.path]);
    await subversion.commit({ files: { 'trunk/a.txt': content } });
    await subversion.start();
  };
  const cursorAt = (revision: number, generation: number) =>
    waitFor(
      async () => {
        const row = await triggers.store.db.selectFrom('watcher').selectAll().executeTakeFirst();
        return row?.cursor === revision && row.generation === generation;
      },
      { what: `r${revision} of generation ${generation}` },
    );
  await subversion.commit({ files: { 'trunk/a.txt': '1' } });
  await using triggers = await prepareTriggers({
    ...{ databaseUrl: postgres.url, subversion, pipelines: [pipelineOf('app')], pollMs: 100 },
  });
  await triggers.watch();
  await cursorAt(1, 1);
  for (const revision of [2, 3, 4, 5]) {
    if (revision === 3) await keep('early');
    if (revision === 5) await keep('late');
    await subversion.commit({ files: { 'trunk/a.txt': `${revision}` } });
    await cursorAt(revision, 1);
  }

  await restore('late', 'another 5');
  await subversion.commit({ files: { 'trunk/a.txt': '6' } });
  await cursorAt(6, 2);
  await restore('early', 'another 3');
  await cursorAt(3, 3);

  const runs = [2, 3, 4, 5, 5, 6, 3].map((revision) => `app trunk r${revision}`);
  expect(await runsIn(triggers.store)).toEqual(runs);
});

/** @param copy where the repository is kept as it was with two of them */
async function readFourRevisions(triggers: Triggers, subversion: Subversion, copy: string): Promise<void> {
  await triggers.watch();
  await waitFor(async () => (await cursorIn(triggers.store)) === 1, { what: 'the first contact' });
  for (const revision of [2, 3, 4]) {
    if (revision === 3) await runCommand('svnadmin', ['hotcopy', subversion.path, copy]);
    await subversion.commit({ files: { 'trunk/a.txt': `${revision}` } });
    await waitFor(async () => (await cursorIn(triggers.store)) === revision, { what: `r${revision}` });
  }
}
