import { querySvn } from './query-svn.ts';
import { attemptOn, type SubversionRepository, urlUnder } from './repository.ts';
import { SvnFault } from './svn-fault.ts';
import { textAt } from './xml-tree.ts';

const infoBytes = 65_536;

/**
 * Asks about the repository's root, or, where its account may not read that, about the first of its folders that it may read.
 * Which of them it was is remembered.
 * @param ask of a path under the root; '' is the root itself
 * @throws Fault the one of the root, where nothing can be read
 */
export async function askReadable<T>(
  repository: SubversionRepository,
  ask: (path: string) => Promise<T>,
): Promise<T> {
  const { reach } = repository;
  if (!reach.isRootClosed) return askRoot(repository, ask);
  const found = await askFolders(repository, ask);
  if (found !== undefined) return found.answer;
  reach.isRootClosed = false;
  return ask('');
}

async function askRoot<T>(repository: SubversionRepository, ask: (path: string) => Promise<T>): Promise<T> {
  try {
    return await ask('');
  } catch (error) {
    if (!isClosed(error)) throw error;
    const found = await askFolders(repository, ask);
    if (found === undefined) throw error;
    repository.reach.isRootClosed = true;
    repository.logger?.warn(
      { repository: repository.name, folders: repository.folders },
      'the root of a repository is closed to its account: what can be read of its folders is followed',
    );
    return found.answer;
  }
}

async function askFolders<T>(
  { folders }: SubversionRepository,
  ask: (path: string) => Promise<T>,
): Promise<{ answer: T } | undefined> {
  for (const folder of folders) {
    const found = await unlessAbsent(ask(folder).then((answer) => ({ answer })));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What svnserve and Apache say of a folder that somebody who has logged in may not read. */
export function isClosed(error: unknown): boolean {
  return error instanceof SvnFault && error.numbers.some((number) => closedNumbers.includes(number));
}

/** 170001: svnserve, also for a wrong password; 175013: Apache; 220001: in the middle of an answer. */
const closedNumbers: readonly number[] = [170_001, 175_013, 220_001];

/** Undefined where a folder does not exist or may not be read. */
export async function unlessAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isClosed(error) || isGone(error)) return undefined;
    throw error;
  }
}

/** The path does not exist, or did not in the history of what is there later. */
function isGone(error: unknown): boolean {
  return error instanceof SvnFault && (error.code === 'scm-gone' || error.numbers.includes(195_012));
}

/** What of the folders there was to be read before a range of revisions, and what there is at its end. */
export interface FoldersOfRange {
  before: string[];
  atEnd: string[];
  /** What is there at the end was there all the time, or came in between: asking at the end tells all. */
  isOneHistory: boolean;
}

export async function foldersOfRange(
  repository: SubversionRepository,
  { from, to }: { from: number; to: number },
  signal: AbortSignal,
): Promise<FoldersOfRange> {
  const urlAt = (folder: string, at: { revision: number; peg: number }) =>
    at.revision === 0 ? undefined : urlOf(repository, { folder, ...at }, signal);
  const facts = await Promise.all(
    repository.folders.map(async (folder) => {
      const [end, begin, traced] = await Promise.all([
        urlAt(folder, { revision: to, peg: to }),
        urlAt(folder, { revision: from - 1, peg: from - 1 }),
        urlAt(folder, { revision: from - 1, peg: to }),
      ]);
      return { folder, isAtEnd: end !== undefined, wasThere: begin !== undefined, isSame: traced === begin };
    }),
  );
  return {
    before: facts.filter(({ wasThere }) => wasThere).map(({ folder }) => folder),
    atEnd: facts.filter(({ isAtEnd }) => isAtEnd).map(({ folder }) => folder),
    isOneHistory: facts.every(({ isAtEnd, wasThere, isSame }) => !wasThere || (isAtEnd && isSame)),
  };
}

/** The URL of what a folder is at `peg`, as it was at a revision; undefined where it is not there or may not be read. */
async function urlOf(
  repository: SubversionRepository,
  { folder, revision, peg }: { folder: string; revision: number; peg: number },
  signal: AbortSignal,
): Promise<string | undefined> {
  const url = urlUnder(repository.root, folder);
  const query = { subcommand: 'info', url, revision: `${revision}`, peg: `${peg}` } as const;
  const attempt = attemptOn(repository, 'Looking for', `${url}@${peg}`);
  const limits = { deadlineMs: repository.limits.queryMs, maxBytes: infoBytes };
  const info = querySvn(await repository.client(), { ...query, attempt, ...limits }, signal);
  return unlessAbsent(info.then((answer) => textAt(answer, 'entry', 'url')));
}
