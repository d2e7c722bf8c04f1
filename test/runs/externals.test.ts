import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answers } from '../../src/cli/answers.ts';
import { runPage } from '../../src/cli/run-text.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import type { Run } from '../../src/http/schemas/run.ts';
import { viewRun } from '../../src/http/views/run-view.ts';
import { rerunRun, retryRun } from '../../src/runs/repeat-run.ts';
import { createWorkspaces } from '../../src/runs/workspaces.ts';
import { readRun } from '../../src/store/runs.ts';
import { repositoryConfig, subversionAt } from '../scm/subversion/subversion-at.ts';
import { runCommand } from '../support/run-command.ts';
import { type Subversion, startSubversion } from '../support/subversion.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

describe.concurrent('the externals of a run', () => {
  it('are fixed with it, shown, and the same in its retry and rerun; another run gets the newest', async () => {
    await using shop = await startShop();
    const { engine, library, seen } = shop;
    const first = await shop.runToEnd(await engine.createRun(shop.pipeline, { revision: '2' }));
    await library.commit({ files: { 'lib/b.txt': 'second' } });
    const pipeline = { name: 'cart', source: 'name: cart', pipeline: shop.pipeline };

    const retry = await engine.db.transaction().execute((tx) => retryRun(tx, { runId: first.id, by: 'bob' }));
    const rerun = await engine.db
      .transaction()
      .execute((tx) => rerunRun(tx, { runId: first.id, by: 'bob', findPipeline: () => pipeline }));
    if ('refused' in retry || 'refused' in rerun) throw new Error('refused');
    const retried = await shop.runToEnd(retry.runId);
    await shop.runToEnd(rerun.runId);
    await shop.runToEnd(await engine.createRun(shop.pipeline, { revision: '2' }));

    expect(seen).toEqual(['first', 'first', 'first', 'second']);
    expect(retried.externals).toEqual(first.externals);
    const view = await viewRun(engine.db, first);
    expect(view.externals).toEqual([
      { path: 'lib', url: `${library.root}/lib`, revision: '1', isPinned: false },
    ]);
    expect(runPage(plain, asRead(view), new Date())).toContain(`external  lib: ${library.root}/lib at r1\n`);
  });

  it('that are not allowed fail the step in one line, with what to write', async () => {
    await using shop = await startShop({ isAllowed: false });

    const run = await shop.runToEnd(await shop.engine.createRun(shop.pipeline, { revision: '2' }));

    expect(run).toMatchObject({ outcome: 'failed', externals: null });
    expect(run.reason).toContain('The external "lib"');
    expect(run.reason).toContain(`externals: [{ url: '${shop.library.root}/lib' }]`);
    expect(run.reason).not.toContain('\n');
  });

  it('that do not exist fail the step too; a server that is away is no failure of the user', async () => {
    await using shop = await startShop();
    await setExternals(shop.subversion, '^/nowhere lib');
    const missing = await shop.runToEnd(await shop.engine.createRun(shop.pipeline, { revision: '3' }));
    await shop.library.stop();

    const away = await shop.runToEnd(await shop.engine.createRun(shop.pipeline, { revision: '2' }));

    expect(missing).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/^one: .*external "lib".*nowhere/),
    });
    expect(away).toMatchObject({ outcome: 'errored', reason: expect.stringContaining('is up') });
  });
});

/** What a client makes of the server's answer. */
function asRead(view: Run) {
  return answers.run.parse(view);
}

const plain: Terminal = { columns: 200, paint: (_style, text) => text } as Terminal;

/** A shop with an external in another repository, and a worker whose one step reads a file of it, and fails. */
async function startShop({ isAllowed = true } = {}) {
  await using opening = new AsyncDisposableStack();
  const shop = opening.use(await startSubversion());
  const library = opening.use(await startSubversion());
  await shop.commit({ files: { 'trunk/a.txt': 'a' } });
  await library.commit({ files: { 'lib/b.txt': 'first' } });
  await setExternals(shop, `${library.root}/lib lib`);
  const allowed = isAllowed ? [{ ...repositoryConfig(library.root), name: 'library' }] : [];
  const source = opening.use(await subversionAt(shop.root, { externals: { isIgnored: false, allowed } }));
  const engine = opening.use(await startEngine());
  const workspaces = createWorkspaces({ folder: source.folder, sourceOf: () => source.scm });
  const seen: string[] = [];
  engine.startWorker(
    async (_step, context) => {
      seen.push(await readFile(join(await context.workspace(), 'lib/b.txt'), 'utf8'));
      return seen.length === 1 ? { outcome: 'failed', reason: 'once' } : succeeded;
    },
    { workspaces },
  );
  const owned = opening.move();
  return {
    engine,
    subversion: shop,
    library,
    seen,
    pipeline: {
      ...pipelineOf({ id: 'one', kind: 'build', retry: { max: 0, on: [] } }),
      concurrency: { group: 'all', queue: 'fifo' as const },
    },
    async runToEnd(runId: string) {
      await engine.deliver(runId);
      await engine.ended(runId);
      const row = await readRun(engine.db, runId);
      if (row === undefined) throw new Error(`no run ${runId}`);
      return row;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function setExternals({ path }: Subversion, line: string): Promise<void> {
  const actions = ['propset', 'svn:externals', line, 'trunk'];
  await runCommand('svnmucc', ['--non-interactive', '-m', 'change', '-U', `file://${path}`, ...actions]);
}
