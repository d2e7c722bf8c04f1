import type { BranchLayout } from '../domain/branch-layout.ts';
import type { Revision } from '../domain/change.ts';
import type { Pipeline } from '../domain/pipeline.ts';

/** What a run is to be made of: a branch, and a revision at which the pipeline's folder exists on it. */
export interface RunSource {
  branch: string;
  /** Subversion: who changed the pipeline's folder last and why, which may be an older revision. */
  revision: Revision;
  /** Subversion: the number of that. */
  lastChanged?: string;
  /** Git: the ref, and whether the revision is the newest one of it; Subversion: null, its numbers are the moves. */
  tip: { ref: string; objectId: string; isNewest: boolean } | null;
}

/** Why a wish cannot be met: a sentence without a full stop, and what to do instead. */
export interface Refusal {
  problem: string;
  hint: string;
}

export interface SourceWish {
  source: Pipeline['source'];
  /** Subversion: what is a branch. */
  layout: BranchLayout;
  /** null: the layout's trunk, or the repository's default branch. */
  branch: string | null;
  /** `12` or `r12`, or the beginning of a commit's id; null: the newest revision now. */
  revision: string | null;
}
