import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDaemons } from '../../src/demo/setup/daemons.ts';
import { freePort } from '../support/free-port.ts';
import { type Program, startProgram, waitUntilReady } from '../support/program.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';

/** One folder for all: each demo in it comes after another one. */
let folder: TemporaryFolder;
let port: number;

beforeAll(async () => {
  folder = await temporaryFolder();
  port = await freePort();
});

afterAll(async () => {
  const places = { records: join(folder.path, 'demo/.state/pids'), logs: folder.path, environment: {} };
  await createDaemons(places).endLeftovers();
  await folder[Symbol.asyncDispose]();
});

test('a demo goes from the commit to the answer, from the broken commit to the rollback, and leaves nothing running', async () => {
  await using first = demo('--once');

  const end = await first.ended;

  expect(end, first.stdout() + first.stderr()).toEqual({ exitCode: 0, signal: null });
  expect(JSON.parse(lastLine(first))).toMatchObject({
    ok: true,
    cluster: 'swarm',
    engine: { own: true },
    seconds: { commitToAnswering: expect.any(Number), brokenCommitToRolledBack: expect.any(Number) },
    version: { text: 'r2', digest: expect.stringMatching(/^sha256:/) },
    broken: { text: 'r3', failed: 0, cause: expect.stringContaining("PORT is 'eighty', which is no number") },
  });
  expect(first.stdout()).toContain('post-commit hook → hello#1');
  await waitFor(async () => (await processesOfDemo()).length === 0, { what: 'nothing of it to run' });
});

test('what a killed demo leaves running is ended by the next one, which uses the same repository again', async () => {
  const killed = demo();
  await waitUntilReady(killed, () => killed.stdout().includes('post-commit hook installed'));
  await killed.kill();
  const left = await processesOfDemo();

  await using next = demo('--once');
  const end = await next.ended;

  expect(left).toEqual(expect.arrayContaining(['dockerd', 'docker-registry', 'svnserve']));
  expect(end, next.stdout() + next.stderr()).toEqual({ exitCode: 0, signal: null });
  expect(next.stdout()).toContain('Ended what an earlier demo had left running');
  expect(JSON.parse(lastLine(next)).version.text).toBe('r4');
  await waitFor(async () => (await processesOfDemo()).length === 0, { what: 'nothing of it to run' });
});

/** With an engine of its own: that of the tests is not to become a swarm under the tests that use it. */
function demo(...flags: string[]): Program {
  const args = ['demo', '--own-engine', '--dir', join(folder.path, 'demo'), '--port', String(port), ...flags];
  return startProgram(args, { cwd: folder.path, environment: {} });
}

function lastLine(program: Program): string {
  return program.stdout().trimEnd().split('\n').at(-1) ?? '';
}

/** Names of processes that have the folder of the demo, or that of its engine, in their command line. */
async function processesOfDemo(): Promise<string[]> {
  const state = await readFile(join(folder.path, 'demo/.state/state.json'), 'utf8');
  const marks = [join(folder.path, 'demo'), `trunkline-demo-${JSON.parse(state).id}`];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const names = await Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (!marks.some((mark) => command.includes(mark))) return [];
      return [(await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim()];
    }),
  );
  return names.flat();
}
