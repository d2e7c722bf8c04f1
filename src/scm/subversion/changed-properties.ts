import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { unlessAbsent } from './readable-folders.ts';
import { attemptOn, revisionNumber, type SubversionRepository, urlUnder } from './repository.ts';
import { runSvn } from './run-svn.ts';

const deadlineMs = 60_000;

/**
 * Which properties a revision changed, by path. svn tells it as text only; what a property says can never be taken for a
 * line of its own, because each line of it is indented or marked.
 * @throws Fault when the revision cannot be had
 */
export async function changedProperties(
  repository: SubversionRepository,
  revision: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const changed = new Map<string, string[]>();
  if (!repository.reach.isRootClosed) {
    await addChanged(repository, { folder: '', revision, changed }, signal);
    return changed;
  }
  for (const folder of repository.folders)
    await unlessAbsent(addChanged(repository, { folder, revision, changed }, signal));
  return changed;
}

interface Question {
  folder: string;
  revision: string;
  changed: Map<string, string[]>;
}

async function addChanged(
  repository: SubversionRepository,
  { folder, revision, changed }: Question,
  signal: AbortSignal,
): Promise<void> {
  const pegged = `${urlUnder(repository.root, folder)}@${revisionNumber(revision)}`;
  const command = {
    args: ['diff', '--properties-only', '--change', revision, '--', pegged],
    attempt: attemptOn(repository, 'Reading the changed properties of', pegged),
    totalMs: deadlineMs,
    idleMs: deadlineMs,
  };
  const output = Readable.from(runSvn(await repository.client(), command, signal), { objectMode: false });
  let path = '';
  for await (const line of createInterface({ input: output })) {
    const [, target] = /^Property changes on: (.*)$/.exec(line) ?? [];
    if (target !== undefined)
      path = [folder, target === '.' ? '' : target].filter((part) => part !== '').join('/');
    const [, name] = /^(?:Added|Modified|Deleted): (.+)$/.exec(line) ?? [];
    if (name !== undefined) changed.set(path, [...(changed.get(path) ?? []), name]);
  }
}
