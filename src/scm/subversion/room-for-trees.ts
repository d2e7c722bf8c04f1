import { statfs } from 'node:fs/promises';
import { Fault } from '../../domain/fault.ts';
import { sizeText } from '../../domain/size-text.ts';

/** How large the trees of a repository were the last time; a restart forgets it. */
export class TreeSizes {
  readonly #bytes = new Map<string, number>();

  note(place: string, bytes: number): void {
    this.#bytes.set(place, bytes);
  }

  /**
   * Before a tree is fetched: half a tree that fills the disk is of no use, and stops all others.
   * @param folder is there
   * @throws Fault `disk-full`, retryable, where there is less room than the tree took the last time
   */
  async checkRoom({ place, what, folder }: { place: string; what: string; folder: string }): Promise<void> {
    const needed = this.#bytes.get(place);
    if (needed === undefined) return;
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    if (free >= needed) return;
    const message = `${what} was not begun: it took ${sizeText(needed)} the last time, and ${folder} has ${sizeText(free)} left`;
    throw new Fault('disk-full', message, { hint: 'Free space on the disk that holds the workspaces' });
  }
}
