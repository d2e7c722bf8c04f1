import { type BigIntStats, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { IncludeAnswer, IncludeWish, ReadInclude } from '../domain/include.ts';
import { maxYamlBytes } from '../domain/yaml-document.ts';
import { codeOf } from './config-reading.ts';

/** Reads what pipeline files include, and knows when it has to be read again. */
export interface FragmentReader {
  read: ReadInclude;
  /** Changes whenever the answer of `read` may have. */
  stampOf(wish: IncludeWish): string;
}

/** What a repository has at a fixed revision: given from memory, and fetched in the background where it is not there. */
export interface PinnedFiles {
  /** null: being fetched. */
  get(wish: IncludeWish): IncludeAnswer | null;
}

/** @param pinned null: files of repositories cannot be read here */
export function createFragmentReader(folder: string, pinned: PinnedFiles | null): FragmentReader {
  return {
    read: (wish) => (wish.at === null ? readLocal(folder, wish.file) : readPinned(pinned, wish)),
    stampOf: (wish) => {
      if (wish.at === null) return stampOfFile(join(folder, wish.file));
      return JSON.stringify(pinned?.get(wish) ?? null);
    },
  };
}

/** Names a file's content without reading it; empty when there is none. */
function stampOfFile(path: string): string {
  try {
    const stat = statSync(path, { bigint: true });
    return stat.isFile() ? stampOf(stat) : '';
  } catch {
    return '';
  }
}

/** Changes whenever the file's content may have. */
export function stampOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}

function readPinned(pinned: PinnedFiles | null, wish: IncludeWish): IncludeAnswer {
  if (pinned === null)
    return {
      problem: 'it is in a repository, and no trunkline.yaml says where that is',
      hint: 'name the file of the server: --config trunkline.yaml',
    };
  return pinned.get(wish) ?? { problem: `it is being read from ${wish.at?.repository}`, isForNow: true };
}

function readLocal(folder: string, file: string): IncludeAnswer {
  const path = join(folder, file);
  try {
    // A link must not lead to other files of the machine, whose lines problems would show.
    if (!realpathSync(path).startsWith(`${realpathSync(folder)}${sep}`))
      return { problem: `it is not below ${folder}` };
    const stat = statSync(path);
    if (!stat.isFile()) return { problem: 'it is no file' };
    if (stat.size > maxYamlBytes) return { problem: `it is larger than ${maxYamlBytes / 1024} KiB` };
    return { name: path, text: readFileSync(path, 'utf8') };
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return { problem: `there is no such file below ${folder}` };
    return { problem: `it cannot be read (${code})` };
  }
}
