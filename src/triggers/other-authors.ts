import type { RunTold } from '../domain/run-values.ts';

/** Who made the commits that a run stands for, each once, besides the author of its own: they made it too. */
export function otherAuthors(
  own: string | null,
  authors: readonly (string | null)[],
): Pick<RunTold, 'authors'> {
  const others = [...new Set(authors)].filter((author) => author !== null && author !== own);
  return others.length === 0 ? {} : { authors: others.filter((author) => author !== null) };
}
