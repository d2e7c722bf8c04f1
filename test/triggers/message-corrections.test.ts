import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Fault } from '../../src/domain/fault.ts';
import { startMessageCorrections } from '../../src/triggers/message-corrections.ts';
import { startDatabase } from '../support/postgres.ts';
import { runCommand } from '../support/run-command.ts';
import { startSubversion } from '../support/subversion.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf, prepareTriggers, runsIn } from './triggers-under-test.ts';

test('a corrected log message is shown with the change and its run, starts none, and may be corrected again', async () => {
  await using subversion = await startSubversion();
  await using postgres = await startDatabase();
  await using triggers = await prepareTriggers({
    databaseUrl: postgres.url,
    subversion,
    pipelines: [pipelineOf('cart')],
  });
  const { store } = triggers;
  await triggers.watch();
  const revision = await subversion.commit({ files: { 'trunk/a': '1\n' }, message: 'Wrogn' });
  await triggers.hook(revision);
  await waitFor(async () => (await runsIn(store)).length === 1, { what: 'the run' });
  let isAway = true;
  const sourceControlOf = () => {
    if (isAway) throw new Fault('scm-unreachable', 'away');
    return triggers.scm;
  };
  const logger = pino({ level: 'silent' });
  await using _corrections = await startMessageCorrections({ store, sourceControlOf, logger, retryMs: 50 });
  const messages = async () => {
    const change = await store.db.selectFrom('change').select(['message', 'author']).executeTakeFirst();
    const run = await store.db.selectFrom('run').select(['message', 'author']).executeTakeFirst();
    return JSON.stringify([change, run]);
  };
  const expected = (message: string) => JSON.stringify([1, 2].map(() => ({ message, author: 'alice' })));

  await rewrite(subversion.path, revision, 'Wrong');
  const first = await triggers.hook(revision, { kind: 'revprop' });
  isAway = false;
  await waitFor(async () => (await messages()) === expected('Wrong'), { what: 'the message' });
  await rewrite(subversion.path, revision, 'Right');
  const second = await triggers.hook(revision, { kind: 'revprop' });
  await waitFor(async () => (await messages()) === expected('Right'), { what: 'the next message' });

  expect([first.kind, second.kind]).toEqual(['stored', 'known']);
  expect(await runsIn(store)).toEqual([`cart trunk r${revision}`]);
});

test('a changed property of a revision that does not exist fails its event, and says so', async () => {
  await using subversion = await startSubversion();
  await using postgres = await startDatabase();
  await using triggers = await prepareTriggers({ databaseUrl: postgres.url, subversion, pipelines: [] });
  await triggers.watch();
  const { store } = triggers;
  const logger = pino({ level: 'silent' });
  const sourceControlOf = () => triggers.scm;
  await using _corrections = await startMessageCorrections({ store, sourceControlOf, logger });

  await triggers.hook(999, { kind: 'revprop' });

  const row = await waitFor(
    () => store.db.selectFrom('event').select('error').where('state', '=', 'failed').executeTakeFirst(),
    { what: 'the event to fail' },
  );
  expect(row.error).toContain('999');
});

/** As an administrator does, past the hooks. */
async function rewrite(repository: string, revision: number, message: string): Promise<void> {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/message`;
  await runCommand('sh', ['-c', 'printf %s "$1" >"$2"', 'sh', message, file]);
  await runCommand('svnadmin', ['setlog', '--bypass-hooks', '-r', `${revision}`, repository, file]);
}
