import { type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

export type GroupCommand = {
  command: string;
  args: readonly string[];
  cwd?: string;
  stdio: StdioOptions;
  /** Ends all processes of the group: asks, and forces those that are there 10 s later. */
  signal: AbortSignal;
  onOutput?: (stdout: Readable) => void;
};

const graceMs = 10_000;

/** Runs a program, with whatever it starts in a process group of its own, to its end; null when a signal ended it. */
export async function runProcessGroup(group: GroupCommand): Promise<number | null> {
  const { command, args, cwd, stdio, signal } = group;
  const child = spawn(command, args, { stdio, detached: true, ...(cwd && { cwd }) });
  const ended = once(child, 'exit');
  if (child.stdout) group.onOutput?.(child.stdout);
  const kill = (name: NodeJS.Signals) => signalGroup(child.pid, name);
  let forcing: NodeJS.Timeout | undefined;
  const end = () => {
    kill('SIGTERM');
    forcing = setTimeout(() => kill('SIGKILL'), graceMs);
  };
  signal.addEventListener('abort', end, { once: true });
  const [code] = await ended;
  signal.removeEventListener('abort', end);
  clearTimeout(forcing);
  if (signal.aborted) kill('SIGKILL');
  return code;
}

/** The group may have ended already. */
function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
