import type { Revision } from '../domain/change.ts';
import type { LockedExternal } from '../domain/external.ts';
import type { StepProgress } from '../domain/step-progress.ts';

/**
 * One repository of a version-control server. Every call has a hard deadline of its own and ends within 5 s of
 * `signal`; all are safe to repeat. Errors are `Fault`s: `scm-unreachable` (retryable), `scm-denied`, `scm-gone`
 * (path or revision does not exist), `scm-broken-tree` (no tree can be made of what the repository holds or names: its
 * users have to mend that).
 */
export type SourceControl = SubversionSource | GitSource;

/** Where the trees of runs come from. */
export interface TreeSource {
  /**
   * Makes `into` (absent or empty) hold exactly the tree of a place: no metadata folders, no link leaving it, UTF-8
   * names, fixed umask. On any doubt (failed external, partial tree) it throws and leaves nothing. A server is given no
   * other login than its own.
   */
  exportTree(request: ExportRequest, signal: AbortSignal): Promise<ExportedTree>;
  /** The URL for people and labels, without credentials: `svn://host/shop/trunk@12`, `https://host/web.git#1a2b:cart`. */
  urlOf(place: Place): string;
}

/** What every kind can tell about one revision. */
interface Source extends TreeSource {
  /** One file's text, at most `maxBytes` (default 1 MiB). */
  readFile(request: Place & { maxBytes?: number }, signal: AbortSignal): Promise<string>;
  /** Names of the entries under a folder; a folder's name ends with `/`. */
  list(place: Place, signal: AbortSignal): Promise<string[]>;
}

/** A file or folder as it was at a revision. */
export interface Place {
  /** The branch it is looked for on; '' or absent: the repository's root (Subversion), no branch in particular (Git). */
  branch?: string;
  /** Relative to the branch's root, not encoded: `services/cart`. */
  path: string;
  revision: string;
}

/** History is one line of numbered revisions of the whole repository. */
export interface SubversionSource extends Source {
  readonly kind: 'svn';
  /** Identity and newest revision, in one request. */
  identify(signal: AbortSignal): Promise<RepositoryIdentity>;
  /** The newest revision number. */
  head(signal: AbortSignal): Promise<number>;
  /** The revisions `from`..`to`, both included, oldest first, streamed with flat memory. */
  revisions(range: { from: number; to: number }, signal: AbortSignal): AsyncIterable<Revision>;
  /** The newest revision up to a place's own that changed it, or brought it there by a copy; without its paths. */
  lastChange(place: Place, signal: AbortSignal): Promise<Revision>;
  /** Up to which revision a mirror has everything, authors and dates included; null: svnsync does not keep it. */
  mirroredUpTo(signal: AbortSignal): Promise<number | null>;
  /** The names of the properties that a revision changed, by path; a path without such a change is missing. */
  changedProperties(revision: string, signal: AbortSignal): Promise<ReadonlyMap<string, readonly string[]>>;
}

/** History is that of refs, which may move anywhere. */
export interface GitSource extends Source {
  readonly kind: 'git';
  /** Canonical, without a user: what tells whether it is still the same repository. */
  readonly url: string;
  /** Branches and tags as they are now, in one request. */
  refs(signal: AbortSignal): Promise<RemoteRefs>;
  /**
   * What each move brought, in the order given. A move whose commit the server does not have any more is left out: the
   * ref has moved again. One that was told of in parts comes in parts, as far as its history really leads through them.
   */
  readMoves(request: MovesRequest, signal: AbortSignal): AsyncIterable<ReadMove>;
  /** The commit that an id, or the unique beginning of one, names, without its paths; undefined for none. */
  findCommit(wish: CommitWish, signal: AbortSignal): Promise<Revision | undefined>;
}

export interface RepositoryIdentity {
  uuid: string;
  /** Canonical: lower-case host, no default port, no trailing slash. */
  rootUrl: string;
  head: number;
}

export interface RemoteRefs {
  /** Ids of commits or tag objects by full name: `refs/heads/main`. */
  refs: ReadonlyMap<string, string>;
  /** What HEAD stands for: `refs/heads/main`; null for an empty or headless repository. */
  defaultRef: string | null;
}

export interface RefMove {
  ref: string;
  /** null: the ref is new. */
  from: string | null;
  to: string;
  /** What hooks say that the ref was in between, in this order. */
  told?: readonly string[];
}

export interface MovesRequest {
  moves: readonly RefMove[];
  /** Where new branches are taken to come from. */
  base: { ref: string; to: string } | null;
}

export interface ReadMove {
  move: RefMove;
  /** null: the ref names no commit. */
  revision: Revision | null;
}

export interface CommitWish {
  /** The ref on which it is looked for first, and what that ref is now. */
  ref: string;
  tip: string;
  id: string;
}

export interface ExportRequest extends Place {
  into: string;
  /** Whoever wrote it may not see what our login can: nothing is fetched that only the tree names. */
  isUntrusted?: boolean;
  /** Which repository it is: what is kept of an earlier one does not count. Absent: nothing that is kept is used. */
  generation?: number;
  /** Folders and files below `path`, none in another, that the tree holds; absent: all. */
  only?: readonly string[] | undefined;
  /** Subversion: what `svn:externals` bring in, as it was fixed before; absent or null: it is fixed now. */
  externals?: readonly LockedExternal[] | null;
  /** Receives whole lines for the log: what deserves attention. */
  onProgress?: (line: string) => void;
  /** Told often how far it is: files or bytes so far, of all where that is known at no cost. */
  onReport?: (report: StepProgress) => void;
}

export interface ExportedTree {
  files: number;
  bytes: number;
  /** In a few words, where the tree was not fetched as a whole. */
  how?: string;
  /** Subversion: what `svn:externals` have brought in. */
  externals?: readonly LockedExternal[];
}
