import { execFile } from 'node:child_process';
import { delimiter } from 'node:path';
import { Fault } from '../../domain/fault.ts';

export interface ToolCall {
  /** Completes "... failed": what was attempted. */
  what: string;
  command: string;
  args: readonly string[];
  cwd?: string;
  /** Default 30 s. */
  deadlineMs?: number;
  signal?: AbortSignal;
}

/** Folders that a shell of root may leave out of PATH (`su` does), and where servers are. */
const systemFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** What children of the demo see of the environment. */
export function toolEnvironment(path: string | undefined, temporary: string): Record<string, string> {
  const folders = new Set([...(path ?? '').split(delimiter).filter(Boolean), ...systemFolders]);
  return {
    PATH: [...folders].join(delimiter),
    LC_ALL: 'C.UTF-8',
    HOME: '/nonexistent',
    // An engine that is slow to end dumps its stacks there.
    TMPDIR: temporary,
  };
}

export type Tools = (call: ToolCall) => Promise<string>;

/** Runs programs to their end, for what they print. */
export function createTools(environment: Record<string, string>): Tools {
  return ({ what, command, args, cwd, deadlineMs = 30_000, signal }) =>
    new Promise((resolve, reject) => {
      const options = { env: environment, cwd, timeout: deadlineMs, signal, maxBuffer: 8_000_000 };
      execFile(command, args, options, (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        if (signal?.aborted) return reject(signal.reason);
        reject(toolFault(what, `${command} ${args[0] ?? ''}`, { error, stderr }));
      });
    });
}

function toolFault(what: string, call: string, { error, stderr }: { error: Error; stderr: string }): Fault {
  const said = stderr.trim().split('\n').slice(-3).join('; ') || error.message;
  return new Fault('internal', `${what} failed (${call.trim()}): ${said}`, { cause: error });
}
