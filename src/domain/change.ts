import type { BranchEvent } from './branch-events.ts';
import type { GitlabPipeline } from './gitlab-pipeline.ts';
import type { MergeRequest } from './merge-request.ts';
import type { BranchRename } from './renamed-branches.ts';

/** One path that a revision touched, relative to the repository's root, without a leading slash, never encoded. */
export interface ChangedPath {
  path: string;
  action: 'added' | 'modified' | 'deleted' | 'replaced';
  kind: 'file' | 'directory' | 'unknown';
  /** Where an added or replaced path was copied from. */
  copiedFrom?: { path: string; revision: string };
  /** True when only properties changed, not the text. */
  isPropertyOnly?: boolean;
  /** True for a new folder that came with properties. */
  hasProperties?: boolean;
  /** Names of the properties that changed, where they were asked for. */
  properties?: readonly string[];
  /** Where it really lies, when `svn:externals` bring it to this path: a path of the repository that was changed. */
  external?: string;
}

/** Values by name: `{ 'review:state': 'approved' }`. */
export type RevisionProperties = Readonly<Record<string, string>>;

/** What one SVN revision (or one move of a Git ref) did, before it is mapped to branches and pipelines. */
export interface Revision {
  /** SVN: the revision number in decimal. Git: the commit's object id. */
  revision: string;
  author: string | null;
  /** ISO 8601, UTC; null where the repository hides or lacks it. */
  committedAt: string | null;
  message: string;
  paths: ChangedPath[];
  /** Subversion: the value of the revision property `ci:run`, by which whoever commits for a CI run says so. */
  ciRun?: string;
  /** Subversion: its other revision properties of its committer's own, as far as they are kept; absent: there are none. */
  properties?: RevisionProperties;
  /** True when the server could not give its message or its paths: what is missing here is unknown, not absent. */
  isIncomplete?: boolean;
}

/** One move of one branch: the unit that makes a run the same run (pipeline, branch, move). */
export interface Change {
  repository: string;
  /** Counts up when a repository turns out to be another one (restored backup, changed UUID). */
  generation: number;
  /** Path under the repository's root for SVN (`trunk`, `branches/release-1`), the name for Git. */
  branch: string;
  /** Order of moves of this branch. SVN: the revision number. */
  move: number;
  revision: string;
  author: string | null;
  committedAt: string | null;
  message: string;
  /** Paths relative to the branch's root. */
  paths: ChangedPath[];
  /** As of its revision. */
  ciRun?: string;
  /** As of its revision. */
  properties?: RevisionProperties;
  /** The push said that nothing is to be run for it (`git push -o ci.skip`), as far as a hook has told of that. */
  pushOption?: 'ci.skip';
  /** What happened to the branch as a whole; absent: it was there before and is after it. */
  happened?: BranchEvent;
  /** Subversion: the revision moved the branch; of one that is created then, and of one that is deleted. */
  renamed?: BranchRename;
  /** Subversion: it was created in the place of one that was there. */
  isReplaced?: true;
  /** The tag's name, for what is a tag and no branch. */
  tag?: string;
  /** Git: the id of the tag itself, which hooks tell, where that is an object of its own. */
  tagObject?: string;
  /** Git: the tag was there and names another commit now. */
  isMovedTag?: true;
  /** The merge request whose newest commit this is; absent for a move that was seen on the branch itself. */
  request?: MergeRequest;
  /** The pipeline of GitLab whose end brought it; absent for a move that was seen on the branch itself. */
  gitlab?: GitlabPipeline;
}

/** Which change it is, and who made it: what a run keeps of it. */
export type ChangePlace = Pick<
  Change,
  'repository' | 'generation' | 'branch' | 'move' | 'revision' | 'author' | 'committedAt' | 'message'
>;
