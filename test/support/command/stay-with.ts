import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/**
 * Hands on to a child what asks this process to end, and ends with it. A terminal's Ctrl-C has reached the child as well, which
 * must not mind to get it twice; a hang-up reaches it where it is to.
 * @returns its exit code; 3 where a signal ended it
 */
export async function stayWith(child: ChildProcess): Promise<number> {
  process.on('SIGHUP', () => undefined);
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => child.kill(name));
  const [code] = await once(child, 'exit');
  return code ?? 3;
}
