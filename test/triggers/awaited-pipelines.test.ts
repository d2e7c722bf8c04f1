import { expect, test } from 'vitest';
import { decidablePipelines } from '../../src/config/awaited-pipelines.ts';
import { startDatabase } from '../support/postgres.ts';
import { startSubversion } from '../support/subversion.ts';
import { waitFor } from '../support/wait-for.ts';
import { cursorIn, pipelineOf, prepareTriggers, runsIn } from './triggers-under-test.ts';

test('commits wait while a pipeline of their repository cannot be read yet, and run when it can', async () => {
  await using stack = new AsyncDisposableStack();
  const [postgres, subversion] = await Promise.all([startDatabase(), startSubversion()]);
  stack.use(postgres);
  stack.use(subversion);
  await subversion.commit({ files: { 'trunk/a.txt': '1' } });
  const known = { isRead: true, asked: 0 };
  const catalogue = decidablePipelines({
    list: () => (known.isRead ? [{ ...pipelineOf('app'), file: 'app.yaml' }] : []),
    awaited() {
      known.asked += known.isRead ? 0 : 1;
      return known.isRead ? [] : [{ name: 'app', repository: 'shop', after: null }];
    },
  });
  const options = { databaseUrl: postgres.url, subversion, pipelines: [], catalogue, pollMs: 100 };
  const triggers = stack.use(await prepareTriggers(options));
  await triggers.watch();
  await waitFor(async () => (await cursorIn(triggers.store)) === 1, { what: 'the first contact' });
  known.isRead = false;
  await triggers.hook(await subversion.commit({ files: { 'trunk/a.txt': '2' } }));
  await waitFor(async () => known.asked > 1, { what: 'two attempts to decide' });
  expect(await cursorIn(triggers.store)).toBe(1);

  known.isRead = true;

  await waitFor(async () => (await cursorIn(triggers.store)) === 2, { what: 'r2' });
  expect(await runsIn(triggers.store)).toEqual(['app trunk r2']);
});
