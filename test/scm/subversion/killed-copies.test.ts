import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startSubversion } from '../../support/subversion.ts';
import { waitFor } from '../../support/wait-for.ts';
import { shopWithCopies } from './copies-under-test.ts';
import { processesWith } from './silent-server.ts';
import { startStallingProxy } from './stalling-proxy.ts';

test.each([
  ['before it is complete', []],
  ['while it is updated', ['1']],
])(
  'a copy whose worker was killed -9 %s is left alone while svn lives, then used again',
  async (_title, before) => {
    await using svn = await startSubversion();
    const file = () => randomBytes(50_000);
    for (let commit = 0; commit < 2; commit += 1)
      await svn.commit({
        files: Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`trunk/d${n}/f`, file()])),
      });
    await using proxy = await startStallingProxy(svn.root);
    await using shop = await shopWithCopies(svn, {}, proxy.url);
    for (const revision of before) await shop.fetch('trunk', Number(revision));

    proxy.letThrough(1_000_000);
    await using worker = startWorker(proxy.url, shop.folder);
    await waitFor(() => proxy.isStalled(), { what: 'the middle' });
    worker.child.kill('SIGKILL');
    await once(worker.child, 'exit');
    proxy.letThrough(Infinity);
    shop.restart();
    const meanwhile = await shop.fetch('trunk', 2);
    proxy.hangUp();
    await waitFor(async () => (await processesWith(`:${proxy.port}/`)).length === 0, {
      what: 'the end of svn',
    });
    const afterwards = await shop.fetch('trunk', 2);
    const again = await shop.fetch('trunk', 1);

    expect(meanwhile).toEqual(await shop.export('trunk', 2));
    expect(afterwards).toMatchObject({
      how: expect.stringContaining('cleaned'),
      ...(await shop.export('trunk', 2)),
    });
    expect(again).toMatchObject({
      how: 'by an update of a working copy',
      ...(await shop.export('trunk', 1)),
    });
    expect(await shop.copies()).toHaveLength(1);
  },
);

test('an update fetches what has changed, not the tree', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/a': randomBytes(1_000_000), 'trunk/b': 'b' } });
  await svn.commit({ files: { 'trunk/b': 'changed' } });
  await using proxy = await startStallingProxy(svn.root);
  await using shop = await shopWithCopies(svn, {}, proxy.url);
  await shop.fetch('trunk', 1);
  const before = proxy.received();

  await shop.fetch('trunk', 2);

  expect(before).toBeGreaterThan(1_000_000);
  expect(proxy.received() - before).toBeLessThan(20_000);
});

function startWorker(root: string, folder: string): AsyncDisposable & { child: ChildProcess } {
  const program = join(import.meta.dirname, 'fetching-process.ts');
  const child = spawn(process.execPath, [program, root, folder, '2'], { stdio: 'inherit' });
  return {
    child,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    },
  };
}
