import { spawn } from 'node:child_process';
import { once } from 'node:events';

export type FileLock = AsyncDisposable;

export type LockRequest = {
  path: string;
  /** Many holders of a shared lock, or one of an exclusive one. */
  kind: 'shared' | 'exclusive';
  /** How long to wait for it; 0 asks once. */
  deadlineMs: number;
};

/**
 * Takes the kernel's lock on a file, for processes that know nothing of each other; undefined when it was not to be
 * had in time. The lock is held by a child that lives as long as its standard input is open, so it is free again
 * when this process ends, however it ends.
 */
export async function takeFileLock({ path, kind, deadlineMs }: LockRequest): Promise<FileLock | undefined> {
  const seconds = String(deadlineMs / 1000);
  const holder = spawn(
    'flock',
    [`--${kind}`, '--timeout', seconds, path, 'sh', '-c', 'echo held; exec cat'],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    },
  );
  const ended = once(holder, 'exit');
  const held = await Promise.race([once(holder.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!held) return undefined;
  return {
    async [Symbol.asyncDispose]() {
      holder.stdin.end();
      await ended;
    },
  };
}
