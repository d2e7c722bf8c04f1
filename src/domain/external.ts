/** A part of a run's tree that `svn:externals` brings in, fixed: the same list always gives the same tree. */
export interface LockedExternal {
  /** Where it lies, relative to the root of the run's tree. */
  path: string;
  /** Canonical, without a user. */
  url: string;
  revision: string;
  /** The revision at which the URL is looked up. */
  peg: string;
  /** Whether the property names no revision, so that another run has another one. */
  isFloating: boolean;
}
