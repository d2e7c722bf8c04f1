import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { type Command, ReadyShells } from '../../src/scm/ready-shells.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';

it('a program starts in a shell that waited, with its arguments, environment and input as they are', async () => {
  const ready = await readyShells();
  const { waiting } = ready;
  const odd = ["it's", '$GREETING `id` "quoted" \\', 'ünïcode', '', '-n', 'two  spaces\ttab'];
  const script = 'printf "%s|" "$@"; printf "%s|" "$GREETING"; cat';

  const { pid, answer, exitCode } = await runIn(
    ready,
    ['sh', '-c', script, 'name', ...odd],
    'first line\nsecond\n',
  );

  expect(waiting).toContain(pid);
  expect(answer).toBe(`${[...odd, 'hello world'].join('|')}|first line\nsecond\n`);
  expect(exitCode).toBe(0);
});

it('what no shell can be told in one line, and what comes when none waits, is started anew', async () => {
  const ready = await readyShells();
  const { waiting } = ready;

  const lines = await runIn(ready, ['printf', '%s', 'one\ntwo']);
  const others = [await runIn(ready, ['echo', 'a']), await runIn(ready, ['echo', 'b'])];
  const late = await runIn(ready, ['echo', 'c']);

  expect([lines.answer, others.map(({ answer }) => answer), late.answer]).toEqual([
    'one\ntwo',
    ['a\n', 'b\n'],
    'c\n',
  ]);
  expect(others.map(({ pid }) => waiting.includes(pid))).toEqual([true, true]);
  expect([lines, late].map(({ pid }) => waiting.includes(pid))).toEqual([false, false]);
});

it('a shell that has ended while it waited is not used', async () => {
  const ready = await readyShells();
  const { waiting } = ready;
  for (const pid of waiting) process.kill(pid, 'SIGKILL');
  await waitFor(() => waiting.every((pid) => !isAlive(pid)), { what: 'the shells to be gone' });

  const { pid, answer } = await runIn(ready, ['echo', 'anew']);

  expect(answer).toBe('anew\n');
  expect(waiting).not.toContain(pid);
});

it('a process that can open no file any more starts nothing, and goes on', async () => {
  await using folder = await temporaryFolder();
  const program = join(import.meta.dirname, 'no-files-left-process.ts');

  const said = await runCommand('sh', [
    '-c',
    'ulimit -n 100; exec "$@"',
    'sh',
    process.execPath,
    program,
    folder.path,
  ]);

  expect(said).toBe('git failed\nalive\n');
});

/** Two of them wait. */
async function readyShells() {
  const env = { PATH: '/usr/bin:/bin', GREETING: 'hello world', OF_TEST: randomUUID() };
  const shells = new ReadyShells();
  shells.makeReady(env);
  const waiting = await waitFor(
    async () => {
      const found = await processesWith(`OF_TEST=${env.OF_TEST}`);
      return found.length === 2 && found;
    },
    { what: 'two shells that wait' },
  );
  return { shells, waiting, env };
}

async function processesWith(variable: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const environments = pids.map((pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''));
  const found = await Promise.all(environments);
  return pids.filter((_pid, index) => found[index]?.includes(variable));
}

async function runIn({ shells, env }: Ready, words: Command['words'], input = '') {
  const child = shells.start({ words, env });
  // Some end before they have read it.
  child.stdin.on('error', () => undefined).end(input);
  const closed = once(child, 'close');
  const answer = await text(child.stdout);
  await closed;
  return { pid: child.pid ?? 0, answer, exitCode: child.exitCode };
}

type Ready = Awaited<ReturnType<typeof readyShells>>;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
