import { type ChildProcess, spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SubversionSource } from '../../../src/scm/source-control.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { waitFor } from '../../support/wait-for.ts';
import { processesWith, startSilentServer } from './silent-server.ts';
import { collect, noStop, subversionAt } from './subversion-at.ts';

type Call = (scm: SubversionSource, into: string, signal: AbortSignal) => Promise<unknown>;

const calls: [string, Call][] = [
  ['identify', (scm, _into, signal) => scm.identify(signal)],
  ['revisions', (scm, _into, signal) => collect(scm.revisions({ from: 1, to: 9 }, signal))],
  ['exportTree', (scm, into, signal) => scm.exportTree({ path: 'trunk', revision: '1', into }, signal)],
  ['readFile', (scm, _into, signal) => scm.readFile({ path: 'trunk/a', revision: '1' }, signal)],
  ['list', (scm, _into, signal) => scm.list({ path: 'trunk', revision: '1' }, signal)],
];

test.concurrent.each(calls)(
  '%s on a stalled server ends within 3 s of the signal, and so does svn',
  async (_name, call) => {
    await using server = await startSilentServer();
    await using source = await subversionAt(server.root);
    const controller = new AbortController();
    const reason = { kind: 'cancelled', by: 'alice', rollout: 'leave' };

    const calling = call(source.scm, join(source.folder, 'tree'), controller.signal);
    const settled = calling.then(() => undefined).catch((error: unknown) => error);
    await svnToConnect(server.port);
    const stoppedAt = performance.now();
    controller.abort(reason);

    expect(await settled).toBe(reason);
    expect(performance.now() - stoppedAt).toBeLessThan(3_000);
    expect(await processesWith(`:${server.port}/`)).toEqual([]);
  },
);

test.concurrent.each(calls)('%s on a stalled server is given up at its deadline', async (_name, call) => {
  await using server = await startSilentServer();
  const limits = { queryMs: 400, logMs: 400, exportMs: 400 };
  await using source = await subversionAt(server.root, { limits });

  const calling = call(source.scm, join(source.folder, 'tree'), noStop());

  await expect(calling).rejects.toMatchObject({
    code: 'scm-unreachable',
    isRetryable: true,
    message: expect.stringContaining(server.root),
  });
  expect(await processesWith(`:${server.port}/`)).toEqual([]);
});

test('a server that stalls in the middle is given up when it was silent for too long', async () => {
  await using server = await startSilentServer();
  await using source = await subversionAt(server.root, { limits: { logIdleMs: 300, exportIdleMs: 300 } });

  const reading = collect(source.scm.revisions({ from: 1, to: 9 }, noStop()));
  const into = join(source.folder, 'tree');
  const exporting = source.scm.exportTree({ path: 'trunk', revision: '1', into }, noStop());

  const silent = { code: 'scm-unreachable', message: expect.stringContaining('silent for 0.3 s') };
  await Promise.all([
    expect(reading).rejects.toMatchObject(silent),
    expect(exporting).rejects.toMatchObject(silent),
  ]);
  expect(await readdir(source.folder)).toEqual([]);
});

test('an aborted signal starts nothing', async () => {
  await using source = await subversionAt('svn://127.0.0.1:1/shop');

  const identifying = source.scm.identify(AbortSignal.abort('never'));

  await expect(identifying).rejects.toBe('never');
});

test('svn ends by itself when the server that started it was killed', async () => {
  await using server = await startSilentServer();
  await using folder = await temporaryFolder();
  const program = `
    import { noStop, repositoryConfig } from './test/scm/subversion/subversion-at.ts';
    import { createSubversion } from './src/scm/subversion/create-subversion.ts';
    const repository = repositoryConfig('${server.root}');
    const limits = { queryMs: 1_000, logMs: 1_000 };
    const scm = createSubversion({ repository, limits, stateDir: '${folder.path}' });
    await Promise.all([scm.identify(noStop()), scm.revisions({ from: 1, to: 2 }, noStop()).next()]);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'ignore' });
  await svnToConnect(server.port);

  await kill(child);

  await waitFor(async () => (await processesWith(`:${server.port}/`)).length === 0, {
    what: 'svn to end',
    deadlineMs: 15_000,
  });
});

function svnToConnect(port: number): Promise<unknown> {
  return waitFor(async () => (await processesWith(`:${port}/`)).length > 0, { what: 'svn to start' });
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}
