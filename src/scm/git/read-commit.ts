import type { Revision } from '../../domain/change.ts';
import { authorOfCommit, messageOfCommit, timeOfCommit } from '../../domain/commit-facts.ts';
import { Fault } from '../../domain/fault.ts';
import type { Mirror } from './mirror.ts';

/**
 * The commit behind an id or the unique beginning of one, a tag's commit for a tag. The copy must have it.
 * @returns undefined for none
 */
export async function commitOf(mirror: Mirror, id: string, signal: AbortSignal): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${id}^{commit}`];
  try {
    return (await mirror.ask(args, signal)).trim();
  } catch (error) {
    signal.throwIfAborted();
    // It says nothing when there is none.
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

const format = ['%H', '%an', '%cI', '%B'].join('%x00');

/** Who made the commit and why; its paths are left empty. */
export async function readCommit(mirror: Mirror, commit: string, signal: AbortSignal): Promise<Revision> {
  const args = ['log', '-1', '--no-show-signature', `--format=${format}`, '--end-of-options', commit];
  const [revision = '', author = '', committedAt = '', message = ''] = (await mirror.ask(args, signal)).split(
    '\0',
  );
  const time = timeOfCommit(committedAt);
  return {
    revision,
    author: authorOfCommit(author),
    committedAt: time === null ? null : new Date(time).toISOString(),
    message: messageOfCommit(message.trim()),
    paths: [],
  };
}
