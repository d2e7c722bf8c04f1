import { leadsToBranches, splitPath } from '../domain/branch-layout.ts';
import type { ChangedPath, Revision } from '../domain/change.ts';
import { isAbove } from '../domain/tree-path.ts';
import type { RevisionOrigin } from './decide-revision.ts';
import { unlessRefused } from './revision-facts.ts';
import type { SubversionWatch } from './watch.ts';

/** Folders that are listed to find the branches of what was copied; what lies in more of them is not found. */
const mostListings = 64;

interface Copy {
  path: string;
  action: ChangedPath['action'];
  copiedFrom: NonNullable<ChangedPath['copiedFrom']>;
}

/**
 * The revision with the branches that came with a folder above them: a project that is renamed has a trunk under its new
 * name, and no path of the revision names that.
 */
export async function withCopiedBranches(
  scm: Pick<SubversionWatch['scm'], 'list'>,
  revision: Revision,
  { origin, signal }: { origin: Pick<RevisionOrigin, 'layout'>; signal: AbortSignal },
): Promise<Revision> {
  const { layout } = origin;
  const copies = revision.paths.flatMap(({ path, kind, action, copiedFrom }): Copy[] => {
    const isCopy = copiedFrom !== undefined && kind !== 'file' && action !== 'modified';
    return isCopy && isContainer(layout, path) ? [{ path, action, copiedFrom }] : [];
  });
  if (copies.length === 0) return revision;
  const brought: Copy[] = [];
  const folders = [...copies];
  for (let listed = 0; listed < mostListings; listed += 1) {
    const folder = folders.shift();
    if (folder === undefined) break;
    const place = { path: folder.path, revision: revision.revision };
    const names = (await unlessRefused(scm.list(place, signal))) ?? [];
    const below = names.filter((name) => name.endsWith('/')).map((name) => under(folder, name.slice(0, -1)));
    brought.push(...below.filter(({ path }) => splitPath(layout, path) !== null));
    folders.push(...below.filter(({ path }) => isContainer(layout, path)));
  }
  return { ...revision, paths: joined(revision.paths, { copies, brought }) };
}

function isContainer(layout: RevisionOrigin['layout'], path: string): boolean {
  return splitPath(layout, path) === null && leadsToBranches(layout, path);
}

function under({ path, copiedFrom }: Copy, name: string): Copy {
  const source = { ...copiedFrom, path: `${copiedFrom.path}/${name}` };
  return { path: `${path}/${name}`, action: 'added', copiedFrom: source };
}

/** What was taken out of a new copy has never been a branch under that name. */
function joined(
  paths: readonly ChangedPath[],
  { copies, brought }: { copies: readonly Copy[]; brought: readonly Copy[] },
): ChangedPath[] {
  const isPhantom = ({ action, path }: ChangedPath) =>
    action === 'deleted' && copies.some((copy) => copy.action === 'added' && isAbove(copy.path, path));
  const kept = paths.filter((changed) => !isPhantom(changed));
  const told = new Set(kept.map(({ path }) => path));
  const others = brought.filter(({ path }) => !told.has(path));
  return [...others.map((copy) => ({ ...copy, kind: 'directory' as const })), ...kept];
}
