import { branchSlug } from './branch-slug.ts';
import type { MergeRequest } from './merge-request.ts';
import { shortRevision } from './revision-label.ts';
import type { TemplateValues } from './template.ts';

/** What the event behind a run told, beyond the change itself. */
export interface RunTold {
  /** What started it; of a retry or rerun what started the first one. */
  trigger?: string;
  /** The folders of the branch whose changes it is for, the shortest ones; see `matchedFolders`. */
  paths?: string[];
  request?: MergeRequest;
  /** Subversion: what its branch was called until the run's revision moved it. */
  renamedFrom?: string;
  /** Subversion: the revision that changed the pipeline's folder last, where that is an older one. */
  lastChanged?: string;
  /** Who made the older commits that it stands for, besides the author of its own. */
  authors?: string[];
  /** Who asked for the runs that it comes of, besides whoever asked for this one. */
  requesters?: string[];
}

/** What of a run its templates can read. */
export interface ReadableRun {
  pipeline: string;
  /** null: it has no number yet. */
  number: number | null;
  repository: string;
  branch: string;
  revision: string;
  author: string | null;
  told: RunTold;
  /** As text, by name. */
  parameters: Readonly<Record<string, string>>;
}

/** What `${...}` means for a run; '' where nothing is known. */
export function runValues(run: ReadableRun): TemplateValues {
  const { request, trigger = '', paths = [] } = run.told;
  return {
    pipeline: run.pipeline,
    run: run.number === null ? '' : String(run.number),
    repository: run.repository,
    branch: run.branch,
    'branch-slug': branchSlug(run.branch),
    'renamed-from': run.told.renamedFrom ?? '',
    revision: run.revision,
    'short-revision': shortRevision(run.revision),
    'last-changed-revision': run.told.lastChanged ?? run.revision,
    author: run.author ?? '',
    trigger,
    paths: paths.map((path) => (path === '' ? '.' : path)).join(' '),
    'merge-request': request === undefined ? '' : String(request.number),
    'source-branch': request?.source ?? '',
    'target-branch': request?.target ?? '',
    parameters: run.parameters,
  };
}
