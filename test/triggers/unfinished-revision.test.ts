import { writeFile } from 'node:fs/promises';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createRun } from '../../src/runs/create-run.ts';
import { UnfinishedRevision } from '../../src/triggers/unfinished-revision.ts';
import { startDatabase } from '../support/postgres.ts';
import { runCommand } from '../support/run-command.ts';
import { startSubversion } from '../support/subversion.ts';
import { prepareTriggers } from './triggers-under-test.ts';

test('the newest revision is read again when a mirror that does not have it yet has answered', async () => {
  await using postgres = await startDatabase();
  await using subversion = await startSubversion();
  await using mirror = await startSubversion();
  await writeFile(`${mirror.path}/hooks/pre-revprop-change`, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  const sync = (...args: string[]) => runCommand('svnsync', [...args, '--non-interactive']);
  await sync('initialize', `file://${mirror.path}`, subversion.root);
  await using triggers = await prepareTriggers({
    ...{ databaseUrl: postgres.url, subversion: mirror, pipelines: [] },
  });
  const watch = {
    ...{ db: triggers.store.db, scm: triggers.scm, repository: { name: 'shop' }, layout: ['standard'] },
    ...{ entries: () => [], findPipeline: () => undefined, ownUser: null },
    ...{ createRun, deliverRun: async () => {}, logger: pino({ level: 'silent' }) },
  };
  const newest = new UnfinishedRevision();
  const { signal } = new AbortController();

  await newest.look(watch, { revision: 1, isNew: true }, signal);
  const isOpenBefore = newest.isOpen;
  await subversion.commit({ files: { 'trunk/a.txt': '1' } });
  await sync('synchronize', `file://${mirror.path}`);
  await newest.look(watch, { revision: 1, isNew: false }, signal);

  expect(isOpenBefore).toBe(true);
  expect(newest.isOpen).toBe(false);
});
