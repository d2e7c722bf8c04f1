import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { compiledCode } from './compiled-code.ts';
import { waitFor } from './wait-for.ts';

export type ProgramEnd = { exitCode: number | null; signal: NodeJS.Signals | null };

/** A running `trunkline serve` or `trunkline worker`. */
export type Program = AsyncDisposable & {
  pid: number;
  stdout(): string;
  /** Its log, a line of JSON each. */
  stderr(): string;
  signal(name: NodeJS.Signals): void;
  /** Resolves when the process is gone. */
  ended: Promise<ProgramEnd>;
  /** As power would fail: nothing can be done about it by the program. */
  kill(): Promise<void>;
};

const launcher = join(import.meta.dirname, '../../bin/trunkline');

/** Starts the real program in a process of its own; it dies with this process, however that dies. */
export function startProgram(
  args: readonly string[],
  { cwd, environment }: { cwd: string; environment: Record<string, string> },
): Program {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', launcher, ...args], {
    cwd,
    env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, HOME: cwd, ...compiledCode(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text;
    });
  }
  const ended = new Promise<ProgramEnd>((resolve, reject) => {
    child.once('error', reject).once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
  });
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  if (child.pid === undefined) throw new Error('trunkline has no process id');
  return {
    pid: child.pid,
    stdout: () => printed.stdout,
    stderr: () => printed.stderr,
    signal: (name) => child.kill(name),
    ended,
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

/** Waits until a started program says that it is ready; throws with what it printed when it ends instead. */
export async function waitUntilReady(program: Program, isReady: () => boolean): Promise<void> {
  let end: ProgramEnd | undefined;
  void program.ended.then((seen) => {
    end = seen;
  });
  const state = await waitFor(() => (isReady() ? 'ready' : end && 'ended'), {
    what: 'trunkline to be ready',
    deadlineMs: 240_000,
  });
  if (state === 'ended') throw new Error(`trunkline ended: ${program.stdout()}${program.stderr()}`);
}
