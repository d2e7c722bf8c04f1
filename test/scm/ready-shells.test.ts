import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { type Command, ReadyShells } from '../../src/scm/ready-shells.ts';
import { waitFor } from '../support/wait-for.ts';

const env = { PATH: '/usr/bin:/bin', GREETING: 'hello world' };

it('a program starts in a shell that waited, with its arguments, environment and input as they are', async () => {
  const { shells, waiting } = await readyShells();
  const odd = ["it's", '$GREETING `id` "quoted" \\', 'ünïcode', '', '-n', 'two  spaces\ttab'];
  const script = 'printf "%s|" "$@"; printf "%s|" "$GREETING"; cat';

  const { pid, answer, exitCode } = await runIn(
    shells,
    ['sh', '-c', script, 'name', ...odd],
    'first line\nsecond\n',
  );

  expect(waiting).toContain(pid);
  expect(answer).toBe(`${[...odd, 'hello world'].join('|')}|first line\nsecond\n`);
  expect(exitCode).toBe(0);
});

it('what no shell can be told in one line, and what comes when none waits, is started anew', async () => {
  const { shells, waiting } = await readyShells();

  const lines = await runIn(shells, ['printf', '%s', 'one\ntwo']);
  const others = [await runIn(shells, ['echo', 'a']), await runIn(shells, ['echo', 'b'])];
  const late = await runIn(shells, ['echo', 'c']);

  expect([lines.answer, others.map(({ answer }) => answer), late.answer]).toEqual([
    'one\ntwo',
    ['a\n', 'b\n'],
    'c\n',
  ]);
  expect(others.map(({ pid }) => waiting.includes(pid))).toEqual([true, true]);
  expect([lines, late].map(({ pid }) => waiting.includes(pid))).toEqual([false, false]);
});

it('a shell that has ended while it waited is not used', async () => {
  const { shells, waiting } = await readyShells();
  for (const pid of waiting) process.kill(pid, 'SIGKILL');
  await waitFor(() => waiting.every((pid) => !isAlive(pid)), { what: 'the shells to be gone' });

  const { pid, answer } = await runIn(shells, ['echo', 'anew']);

  expect(answer).toBe('anew\n');
  expect(waiting).not.toContain(pid);
});

/** Two of them wait. */
async function readyShells() {
  const before = new Set(await ownShells());
  const shells = new ReadyShells();
  shells.makeReady(env);
  const waiting = await waitFor(
    async () => {
      const made = (await ownShells()).filter((pid) => !before.has(pid));
      return made.length === 2 && made;
    },
    { what: 'two shells that wait' },
  );
  return { shells, waiting };
}

async function ownShells(): Promise<number[]> {
  const { stdout } = spawnSync('ps', ['--ppid', String(process.pid), '-o', 'pid=,args='], {
    encoding: 'utf8',
  });
  return stdout
    .split('\n')
    .filter((line) => line.includes('read -r line'))
    .map((line) => Number.parseInt(line, 10));
}

async function runIn(shells: ReadyShells, words: Command['words'], input = '') {
  const child = shells.start({ words, env });
  // Some end before they have read it.
  child.stdin.on('error', () => undefined).end(input);
  const closed = once(child, 'close');
  const answer = await text(child.stdout);
  await closed;
  return { pid: child.pid ?? 0, answer, exitCode: child.exitCode };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
