import type { Change, Revision } from '../domain/change.ts';
import { Fault } from '../domain/fault.ts';
import { placesToKnow } from '../domain/watched-paths.ts';
import type { SourceControl, SubversionSource } from '../scm/source-control.ts';
import { unlessGone } from './unless-gone.ts';
import type { CatalogueEntry } from './watch.ts';

/** Of a revision with more paths it is not asked which properties changed: the answer would cost as much as a checkout. */
const mostPaths = 1000;

/** Folders of one branch that are listed to see what a copy holds; beyond that, what is asked for counts as there. */
const mostListings = 64;

/** The revision with the names of the properties that it changed, where nothing else of a path did. */
export async function withPropertyNames(
  { scm }: { scm: Pick<SubversionSource, 'changedProperties'> },
  revision: Revision,
  signal: AbortSignal,
): Promise<Revision> {
  const isAsked =
    revision.paths.length <= mostPaths && revision.paths.some(({ isPropertyOnly }) => isPropertyOnly);
  const names = isAsked ? await unlessRefused(scm.changedProperties(revision.revision, signal)) : undefined;
  if (names === undefined) return revision;
  const paths = revision.paths.map((changed) => {
    const properties = changed.isPropertyOnly ? names.get(changed.path) : undefined;
    return properties === undefined ? changed : { ...changed, properties };
  });
  return { ...revision, paths };
}

/** Tells for every path that the decisions on a change may ask about whether it is there. */
export async function existenceIn(
  { scm }: { scm: Pick<SourceControl, 'list'> },
  { change, entries }: { change: Change; entries: readonly CatalogueEntry[] },
  signal: AbortSignal,
): Promise<(path: string) => boolean> {
  const places = new Set(entries.flatMap(({ pipeline }) => placesToKnow(pipeline, change)));
  const listings = new Map<string, ReadonlySet<string> | undefined>();
  const known = new Map<string, boolean>([['', true]]);

  const listingOf = async (folder: string) => {
    if (!listings.has(folder)) {
      const { branch, revision } = change;
      const names = await unlessRefused(scm.list({ branch, path: folder, revision }, signal));
      listings.set(folder, new Set(names?.map((name) => name.replace(/\/$/, ''))));
    }
    return listings.get(folder);
  };
  const find = async (path: string): Promise<boolean> => {
    const answer = known.get(path);
    if (answer !== undefined) return answer;
    const cut = path.lastIndexOf('/');
    const folder = cut < 0 ? '' : path.slice(0, cut);
    const isThere =
      (await find(folder)) &&
      ((listings.size >= mostListings && !listings.has(folder)) ||
        (await listingOf(folder))?.has(path.slice(cut + 1)) === true);
    known.set(path, isThere);
    return isThere;
  };
  for (const place of places) await find(place);
  return (path) => known.get(path) ?? true;
}

/** What the server will not tell is unknown and holds up nothing; a server that is away is asked again later. */
export async function unlessRefused<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await unlessGone(answer);
  } catch (error) {
    if (error instanceof Fault && !error.isRetryable) return undefined;
    throw error;
  }
}
