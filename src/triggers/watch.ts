import type { Logger } from 'pino';
import type { BranchLayout } from '../domain/branch-layout.ts';
import type { createRun, RunRequest } from '../runs/create-run.ts';
import type { GitSource, SubversionSource } from '../scm/source-control.ts';
import type { Db } from '../store/database.ts';

/** A pipeline file as the server knows it now: its name, its text, and what the text means. */
export type CatalogueEntry = RunRequest['pipeline'];

/** Stores a run within the caller's transaction. */
export type CreateRun = typeof createRun;

/** Puts a stored run into the queue; safe to repeat, and made up for by a reconciler when it fails. */
export type DeliverRun = (runId: string) => Promise<void>;

/** One repository under watch, and where what is found there goes. */
export interface Watch {
  readonly db: Db;
  readonly repository: { readonly name: string };
  /** The pipelines whose source is this repository, as they are now. */
  entries(): readonly CatalogueEntry[];
  readonly createRun: CreateRun;
  readonly deliverRun: DeliverRun;
  readonly logger: Logger;
}

export interface SubversionWatch extends Watch {
  readonly scm: Pick<
    SubversionSource,
    'identify' | 'revisions' | 'list' | 'changedProperties' | 'mirroredUpTo' | 'urlOf'
  >;
  /** A pipeline of any repository: externals lead from one to another. */
  findPipeline(name: string): CatalogueEntry | undefined;
  readonly layout: BranchLayout;
  /** The account that the repository is read with; null for none. */
  readonly ownUser: string | null;
}

export interface GitWatch extends Watch {
  readonly scm: Pick<GitSource, 'url' | 'refs' | 'readMoves' | 'list'>;
}
