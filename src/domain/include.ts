import { createHash } from 'node:crypto';

/** A file of another place, at a revision that cannot change. */
export interface PinnedPlace {
  repository: string;
  revision: string;
}

/** What is to be read: a file below the place of whoever names it (`at`: null), or of a repository. */
export interface IncludeWish {
  /** Normal: no `.`, no `..`, `/` between the parts. */
  file: string;
  at: PinnedPlace | null;
}

export type IncludeAnswer =
  /** `name`: for problems in it. */
  | { name: string; text: string }
  /** `isForNow`: where it is cannot be asked just now. */
  | { problem: string; hint?: string; isForNow?: true };

/** Gives the text of an included file; what it cannot give is a problem at the place of the `include`. */
export type ReadInclude = (wish: IncludeWish) => IncludeAnswer;

/** What a pipeline was put together from, beside its own file: kept with each of its runs. */
export interface IncludedFile {
  file: string;
  /** null: of the server's folder, or of the run's own repository and revision. */
  repository: string | null;
  revision: string | null;
  sha256: string;
  /** Absent in what is stored: there the text stands once for all runs, by its sum. */
  text?: string;
}

/** The same for the same file. */
export function includeKey({ file, at }: IncludeWish): string {
  return at === null ? file : `${at.repository}@${at.revision}:${file}`;
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function includedFile({ file, at }: IncludeWish, text: string): IncludedFile {
  return {
    file,
    repository: at?.repository ?? null,
    revision: at?.revision ?? null,
    sha256: sha256Of(text),
    text,
  };
}

export const followsNone: ReadInclude = () => ({ problem: 'files are not included here' });
