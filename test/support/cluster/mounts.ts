import { readFile } from 'node:fs/promises';
import { runCommand } from '../run-command.ts';

/**
 * Takes away every mount in a folder, itself included (kubelet and engine mount theirs on itself), the inner ones
 * first. For when their daemons have ended: one that was killed leaves them, and the folder then cannot be removed.
 */
export async function unmountAllIn(folder: string): Promise<void> {
  const lines = (await readFile('/proc/mounts', 'utf8')).split('\n');
  const points = lines.map((line) => line.split(' ')[1] ?? '');
  const inside = points.filter((point) => `${point}/`.startsWith(`${folder}/`));
  for (const point of inside.reverse()) await runCommand('umount', ['--lazy', point]);
}
