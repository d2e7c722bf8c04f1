import { createHash } from 'node:crypto';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, posix, sep } from 'node:path';
import { Readable } from 'node:stream';
import { type Entry, packEntries, readEntry } from './folder-archive.ts';
import { type ContextFilter, readIgnoreFile } from './ignore-file.ts';

/** The files that a build sends to its builder. */
export interface BuildContext {
  /** Text of the Dockerfile. */
  dockerfile: string;
  files: number;
  bytes: number;
  /**
   * A tar archive, the same bytes for the same files: sorted, owned by root, of one pinned time.
   * @param onRead told, with each piece, how many bytes were read so far
   */
  tar(onRead?: (bytes: number) => void): ContextArchive;
}

export interface ContextArchive {
  stream: Readable;
  /** `sha256:...` of all that was read so far; of the archive, once its stream has ended. */
  digest(): string;
}

/**
 * Finds what belongs to the build context in `folder`, with `<Dockerfile>.dockerignore` or `.dockerignore` applied as
 * the docker CLI does: the Dockerfile and `.dockerignore` are sent even when ignored, links are kept as links.
 * @returns what is wrong instead, in one line, when the user can mend it
 */
export async function readBuildContext(request: {
  folder: string;
  /** Relative to the folder. */
  dockerfile: string;
}): Promise<BuildContext | { problem: string }> {
  try {
    return await findContext(request);
  } catch (error) {
    if (error instanceof TooLarge) return { problem: error.message };
    throw error;
  }
}

async function findContext({
  folder,
  dockerfile: name,
}: Parameters<typeof readBuildContext>[0]): Promise<BuildContext | { problem: string }> {
  const path = posix.normalize(name);
  const dockerfile = await readInside(folder, path);
  if (dockerfile === undefined) return { problem: `there is no file ${name} in the build context` };
  const filter = readIgnoreFile(
    (await readInside(folder, `${path}.dockerignore`)) ?? (await readInside(folder, '.dockerignore')) ?? '',
  );
  if ('malformed' in filter)
    return { problem: `the ignore file has a malformed pattern: ${filter.malformed}` };

  const isSent = (entry: string) => entry === path || entry === '.dockerignore' || !filter.ignores(entry);
  const entries = await findEntries({ folder, filter, isSent, keep: path }, '');
  entries.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  const files = entries.filter(({ type }) => type !== 'directory');
  return {
    dockerfile,
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    tar: (onRead = () => undefined) => openArchive(folder, entries, onRead),
  };
}

/** Of a Dockerfile or an ignore file: they are read into memory, and whoever commits decides how large they are. */
const mostBytes = 1024 * 1024;

class TooLarge extends Error {}

/** The text of a file, also through links, as long as they stay inside the folder. */
async function readInside(folder: string, path: string): Promise<string | undefined> {
  try {
    const [root, target] = await Promise.all([realpath(folder), realpath(join(folder, path))]);
    if (!target.startsWith(root + sep)) return undefined;
    const { size } = await stat(target);
    if (size > mostBytes) throw new TooLarge(`${path} has ${size} bytes: at most ${mostBytes} are read`);
    return await readFile(target, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(String(error.code))
  );
}

interface Search {
  folder: string;
  filter: ContextFilter;
  isSent: (path: string) => boolean;
  /** The Dockerfile: its folders are searched even when they are ignored. */
  keep: string;
}

async function findEntries(search: Search, parent: string): Promise<Entry[]> {
  const { folder, filter, isSent, keep } = search;
  const entries: Entry[] = [];
  for (const { name } of await readdir(join(folder, parent), { withFileTypes: true })) {
    const path = posix.join(parent, name);
    const entry = await readEntry(folder, path);
    if (entry === undefined) continue;
    if (isSent(path)) entries.push(entry);
    else if (!filter.hasExceptions && !keep.startsWith(`${path}/`)) continue;
    if (entry.type === 'directory') entries.push(...(await findEntries(search, path)));
  }
  return entries;
}

function openArchive(folder: string, entries: Entry[], onRead: (bytes: number) => void): ContextArchive {
  const hash = createHash('sha256');
  let read = 0;
  const archive = packEntries(folder, entries);
  async function* hashed() {
    for await (const chunk of archive) {
      hash.update(chunk);
      read += chunk.length;
      onRead(read);
      yield chunk;
    }
  }
  return {
    stream: Readable.from(hashed(), { objectMode: false }),
    digest: () => `sha256:${hash.copy().digest('hex')}`,
  };
}
