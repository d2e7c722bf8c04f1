import type { RunTold } from './run-values.ts';

/** What of a run counts for those that come of it. */
interface EarlierRun {
  author: string | null;
  requested_by: string;
  told: RunTold;
}

/** Who stands behind a run that another one has made: whoever made or wanted that one must not approve this one either. */
export function makersOnward({ author, requested_by, told }: EarlierRun): RunTold {
  return {
    ...onward('authors', [...(told.authors ?? []), author]),
    ...onward('requesters', [...(told.requesters ?? []), requested_by]),
  };
}

/** The same of a run in the same tree, which stays one of a merge request. */
export function toldOnward(run: EarlierRun): RunTold {
  const { request, lastChanged } = run.told;
  return {
    ...makersOnward(run),
    ...(request !== undefined && { request }),
    ...(lastChanged !== undefined && { lastChanged }),
  };
}

function onward(key: 'authors' | 'requesters', names: readonly (string | null)[]): RunTold {
  const known = [...new Set(names.filter((name) => name !== null))];
  return known.length === 0 ? {} : { [key]: known };
}
