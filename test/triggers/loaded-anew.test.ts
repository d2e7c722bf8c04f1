import { rm, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startDatabase } from '../support/postgres.ts';
import { runCommand } from '../support/run-command.ts';
import { startSubversion } from '../support/subversion.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf, prepareTriggers, runsIn } from './triggers-under-test.ts';

test('a repository that is loaded anew in its place, revision by revision, runs nothing of what is old', async () => {
  await using postgres = await startDatabase();
  await using subversion = await startSubversion();
  await using folder = await temporaryFolder();
  for (const content of ['1', '2']) await subversion.commit({ files: { 'trunk/a.txt': content } });
  // Without a hook that allows it Subversion changes no property of a revision.
  await writeFile(`${subversion.path}/hooks/pre-revprop-change`, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  for (const revision of ['1', '2']) {
    const at = [`2026-01-0${revision}T00:00:00.000000Z`, `file://${subversion.path}`];
    await runCommand('svn', ['propset', '--revprop', '-r', revision, 'svn:date', ...at]);
  }
  await using triggers = await prepareTriggers({
    ...{ databaseUrl: postgres.url, subversion, pipelines: [pipelineOf('app')], pollMs: 100 },
  });
  const readUpTo = (cursor: number, generation: number) => async () => {
    const row = await triggers.store.db.selectFrom('watcher').selectAll().executeTakeFirst();
    return row?.cursor === cursor && row.generation === generation;
  };
  await triggers.watch();
  await waitFor(readUpTo(2, 1), { what: 'the first contact' });
  await subversion.commit({ files: { 'trunk/a.txt': '3' } });
  await waitFor(readUpTo(3, 1), { what: 'r3' });

  const dump = `${folder.path}/dump`;
  await runCommand('sh', ['-c', 'svnadmin dump --quiet "$0" > "$1"', subversion.path, dump]);
  await runCommand('cp', ['-a', `${subversion.path}/conf`, folder.path]);
  await rm(subversion.path, { recursive: true });
  await runCommand('svnadmin', ['create', `${folder.path}/shop`]);
  await runCommand('cp', ['-a', `${folder.path}/conf`, `${folder.path}/shop`]);
  await runCommand('mv', [`${folder.path}/shop`, subversion.path]);
  await waitFor(readUpTo(0, 2), { what: 'the empty repository to be seen' });
  for (const revision of [0, 1, 2, 3]) {
    const load = 'svnadmin load --quiet --force-uuid --revision "$2" "$0" < "$1"';
    await runCommand('sh', ['-c', load, subversion.path, dump, `${revision}`]);
    await waitFor(readUpTo(revision, 3), { what: `r${revision} to be seen again` });
  }
  await subversion.commit({ files: { 'trunk/a.txt': '4' } });
  await waitFor(readUpTo(4, 3), { what: 'r4' });

  expect(await runsIn(triggers.store)).toEqual(['app trunk r3', 'app trunk r4']);
  const decisions = await triggers.store.db
    .selectFrom('decision')
    .innerJoin('change', 'change.id', 'change_id')
    .select(['revision', 'filters'])
    .where('verdict', '=', 'skip')
    .orderBy('move')
    .execute();
  expect(decisions.map(({ revision, filters }) => `r${revision} ${filters.at(-1)?.actual}`)).toEqual([
    'r1 committed before the repository was first watched',
    'r2 committed before the repository was first watched',
    'r3 had its run before the repository was watched anew',
  ]);
});
