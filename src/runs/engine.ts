import type { Logger } from 'pino';
import type { JsonObject } from '../domain/json.ts';
import { parameterTexts } from '../domain/parameters.ts';
import type { StepKind } from '../domain/pipeline.ts';
import type { BuildOutput } from '../domain/step-output.ts';
import type { RunFacts, StepHandler } from '../steps/step-handler.ts';
import type { Db } from '../store/database.ts';
import type { LogRest } from '../store/end-together.ts';
import type { Lease } from '../store/leases.ts';
import type { RunRow } from '../store/runs.ts';
import type { ReadRepositoryPipeline } from './read-repository-pipeline.ts';
import type { RunQueue } from './run-queue.ts';
import type { Workspaces } from './workspaces.ts';

/** Everything the execution of runs needs, put together once by the wiring. */
export interface Engine {
  readonly db: Db;
  /** For the renewal of leases alone, with connections of its own. */
  readonly leaseDb: Db;
  readonly queue: RunQueue;
  readonly handlers: { readonly [Kind in StepKind]: StepHandler<Kind> };
  readonly workspaces: Workspaces;
  readonly logger: Logger;
  /** `WORKER/INCARNATION`: who holds the leases of this process. */
  readonly owner: string;
  /** What runs may ask for with `runs-on`. */
  readonly labels: readonly string[];
  readonly leaseTtlMs: number;
  /** How long a step that runs `always` may still take after a cancel. */
  readonly cleanUpMs: number;
  /** Removes what dead workers left running in this worker's engine. */
  removeOrphans(signal: AbortSignal): Promise<void>;
  /** Covers the secrets that this process knows. */
  mask(text: string): string;
  /** The steps of a run whose pipeline has them in the repository. @throws Fault */
  readonly readPipeline: ReadRepositoryPipeline;
  openLog(run: RunRow, lease: Lease): Promise<RunLog>;
  sourceUrl(run: RunRow, sourcePath: string): string;
  /** Whether the image of a build step can still be had: in this engine, or in a registry. */
  isImageAvailable(build: BuildOutput, pushJournals: JsonObject[], signal: AbortSignal): Promise<boolean>;
}

/** The log of one run, written by the worker that holds its lease. */
export interface RunLog {
  write(stepId: string, text: string): void;
  /** Resolves when little enough waits to be stored, or the database takes too long. Never rejects. */
  drained(): Promise<void>;
  /** Resolves when everything written before is durable. @throws Fault `lease-lost` */
  flush(): Promise<void>;
  /** Lets what is stored when a step ends be stored together with the last text of that step. @throws what `store` throws */
  storeLast<T>(stepId: string, store: (rest: LogRest) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function runFacts(run: RunRow, engine: Engine, sourcePath: string): RunFacts {
  return {
    id: run.id,
    number: run.number,
    pipeline: run.pipeline,
    repository: run.repository,
    branch: run.branch,
    move: run.move,
    revision: run.revision,
    sourceUrl: engine.sourceUrl(run, sourcePath),
    author: run.author,
    message: run.message,
    committedAt: run.committed_at?.toISOString() ?? null,
    requestedBy: run.requested_by,
    told: run.told,
    sourcePath,
    parameters: parameterTexts(run.parameters),
  };
}
