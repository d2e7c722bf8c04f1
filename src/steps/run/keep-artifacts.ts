import { randomUUID } from 'node:crypto';
import { posix } from 'node:path';
import { type ArtifactSet, mostArtifacts } from '../../domain/artifacts.ts';
import { pathFilter } from '../../domain/path-filter.ts';
import { sizeText } from '../../domain/size-text.ts';
import type { ContainerEntry } from '../../images/container-entries.ts';
import { addArtifact } from '../../store/artifacts.ts';
import type { Db } from '../../store/database.ts';

/** Gives a path of the workspace, '' for the whole, out of a container whose commands have succeeded. */
export type EntriesOf = (path: string) => AsyncIterable<ContainerEntry>;

export type KeptArtifacts = { kept: ArtifactSet } | { refused: string };

export type KeepArtifacts = (patterns: readonly string[], entriesOf: EntriesOf) => Promise<KeptArtifacts>;

/** Keeps the files of a workspace that the patterns name. Symbolic links are left out: what they point at may be anything. */
export function createArtifactKeeper(db: Db, { mostBytes }: { mostBytes: number }): KeepArtifacts {
  return async (patterns, entriesOf) => {
    const kept: ArtifactSet = { set: randomUUID(), files: 0, bytes: 0 };
    const links: string[] = [];
    const wish = { patterns, entriesOf, onLink: (path: string) => void links.push(path) };
    for await (const { path, bytes, mode, content } of filesFor(wish)) {
      kept.files += 1;
      kept.bytes += bytes;
      if (kept.files > mostArtifacts) return { refused: `they are more than ${mostArtifacts} files` };
      if (kept.bytes > mostBytes)
        return { refused: `they are more than the ${sizeText(mostBytes)} that the server keeps of a step` };
      await addArtifact(db, { setId: kept.set, path, bytes, mode: mode & 0o777 }, content);
    }
    return kept.files > 0 ? { kept } : { refused: noneText(patterns, links) };
  };
}

interface FilesWish {
  patterns: readonly string[];
  entriesOf: EntriesOf;
  onLink(path: string): void;
}

/** Their paths are those in the workspace. */
async function* filesFor({ patterns, entriesOf, onLink }: FilesWish): AsyncGenerator<ContainerEntry> {
  const furtherNames: string[] = [];
  for await (const entry of matchesOf(patterns, entriesOf)) {
    if (entry.type === 'file') yield entry;
    if (entry.type === 'link') furtherNames.push(entry.path);
    if (entry.type === 'symlink') onLink(entry.path);
  }
  // Of a file with several names the archive has the content under the first, which may be none that is kept.
  for (const path of furtherNames) for await (const entry of entriesOf(path)) yield { ...entry, path };
}

async function* matchesOf(patterns: readonly string[], entriesOf: EntriesOf): AsyncGenerator<ContainerEntry> {
  const filter = pathFilter(patterns);
  for (const folder of outermost(filter.folders)) {
    for await (const entry of entriesOf(folder)) {
      const path = placeOf(folder, entry.path);
      if (filter.matches(path)) yield { ...entry, path };
    }
  }
}

function noneText(patterns: readonly string[], [link]: readonly string[]): string {
  const none = `there is no file for ${patterns.join(', ')}`;
  return link === undefined ? none : `${none}, only links, which are left out: ${link}`;
}

/** Each folder once: not those that lie in another one. */
function outermost(folders: readonly string[]): string[] {
  const distinct = [...new Set(folders)];
  if (distinct.includes('')) return [''];
  return distinct.filter((folder) => !distinct.some((other) => folder.startsWith(`${other}/`)));
}

/** The engine's names begin with the last segment of what was asked for. */
export function placeOf(folder: string, found: string): string {
  const [, ...below] = found.split('/');
  return posix.join(folder, ...below);
}
