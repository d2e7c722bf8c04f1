import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execFilePromise = promisify(execFile);

export type CommandOptions = { cwd?: string; env?: NodeJS.ProcessEnv; deadlineMs?: number; uid?: number };

/** Runs a program to its end and returns its standard output. Throws, with what it printed, when it fails. */
export async function runCommand(
  command: string,
  args: readonly string[],
  { cwd, env, uid, deadlineMs = 60_000 }: CommandOptions = {},
): Promise<string> {
  const { stdout } = await execFilePromise(command, args, {
    timeout: deadlineMs,
    killSignal: 'SIGKILL',
    maxBuffer: 64 * 1024 * 1024,
    ...(cwd && { cwd }),
    ...(env && { env }),
    ...(uid !== undefined && { uid, gid: uid }),
  });
  return stdout;
}

/** As `runCommand`, with this text on the program's standard input. */
export async function runWithInput(command: string, args: readonly string[], input: string): Promise<string> {
  const running = execFilePromise(command, args, { timeout: 300_000, killSignal: 'SIGKILL' });
  running.child.stdin?.end(input);
  return (await running).stdout;
}
