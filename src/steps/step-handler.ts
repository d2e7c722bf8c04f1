import type { JsonObject } from '../domain/json.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { StepDefinition, StepKind } from '../domain/pipeline.ts';
import type { RunTold } from '../domain/run-values.ts';
import type { StepProgress } from '../domain/step-progress.ts';

/**
 * One step kind. Contract: `execute` may be called again for the same step after a crash, by another process on
 * another machine, with what the earlier call left in `context.journal`; it must then continue, adopt or redo so
 * that the outside world has seen the effect once. A user's failure is a returned result; a `Fault` is thrown and
 * retried by the engine. When `context.signal` aborts, `execute` settles within 3 s, unless the stop reason asks it
 * to end something in good order (a rollback).
 */
export interface StepHandler<Kind extends StepKind = StepKind> {
  execute(step: Extract<StepDefinition, { kind: Kind }>, context: StepContext): Promise<ResultOf<Kind>>;
}

/** Only some kinds may wait. */
export type ResultOf<Kind extends StepKind> =
  | StepResult
  | (Kind extends 'approve' | 'trigger' ? StepWait : never);

/**
 * Nothing is to be done before something outside happens, which wakes the run (`wakeRun`). When no other step of it
 * works, the run is left to itself: without worker, lease and workspace. `execute` is called again after each waking,
 * and at `until`; it must be quick then, and ask what has happened.
 */
export interface StepWait {
  outcome: 'waiting';
  /** By the clock of the database. */
  until: Date;
  /** One line: what it waits for. */
  reason: string;
}

export type StepResult = { outcome: 'succeeded'; output: JsonObject; note?: string } | UnhappyResult;

export interface UnhappyResult {
  outcome: Exclude<Outcome, 'succeeded' | 'errored'>;
  reason: string;
  output?: JsonObject;
  /** Of the command that failed. */
  exitCode?: number;
}

/** What the engine gives a step. */
export interface StepContext {
  readonly run: RunFacts;
  readonly stepId: string;
  /** 1 at first; higher after a retry or a take-over. */
  readonly attempt: number;
  /** A fault of this execution is not tried again. */
  readonly isLastAttempt: boolean;
  /** The lease's fencing number under which this execution works. */
  readonly fencing: number;
  readonly signal: AbortSignal;
  /**
   * Aborted when another worker goes on from here (lease lost, shutdown), also where `signal` was aborted before by a
   * cancel or a time limit: what is being ended in good order stops then too, without any further effect.
   */
  readonly handedOver: AbortSignal;
  readonly log: StepLog;
  /**
   * Says how far the step has come; may be called as often as there is news. The newest report replaces the one
   * before, and the last one is kept. It costs the step nothing and cannot fail.
   */
  progress(progress: StepProgress): void;
  /** All steps of the run, in the file's order. */
  readonly steps: readonly StepDefinition[];
  /** Outputs of the steps that have succeeded, by step id. */
  readonly outputs: ReadonlyMap<string, JsonObject>;
  readonly journal: StepJournal;
  /**
   * The clean tree of the run's revision at the pipeline's `source.path`, made at the first call.
   * @returns the absolute path of the folder
   * @throws Fault when the tree cannot be fetched
   */
  workspace(): Promise<string>;
  /** Where `workspace()` will put its tree, where that is known before: a container can be created meanwhile. */
  readonly workspacePath?: string;
  /**
   * The last look before an outside effect: resolves while the lease is held.
   * @throws Fault `lease-lost`
   */
  confirmLease(): Promise<void>;
  /**
   * Leaves to the run what is still to be done and changes nothing about how the step ends: it is begun when that is stored, and
   * ended before the workspace goes. What fails is tried again for a while. Where this process dies somebody else must find what
   * is left. Absent: the step does it.
   */
  readonly leave?: (rest: () => Promise<void>) => void;
}

/** What a step may know of its run. */
export interface RunFacts {
  readonly id: string;
  readonly number: number;
  readonly pipeline: string;
  readonly repository: string;
  readonly branch: string;
  readonly move: number;
  readonly revision: string;
  /** URL of the source with peg revision, for labels: `svn://host/shop/trunk/services/cart@12`. */
  readonly sourceUrl: string;
  readonly author: string | null;
  readonly message: string;
  /** ISO 8601; null where the repository hides it. */
  readonly committedAt: string | null;
  readonly requestedBy: string;
  readonly told: RunTold;
  /** `source.path` of the pipeline, '' for the branch's root. */
  readonly sourcePath: string;
  /** Values of its parameters, as text, by name. */
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Text goes to the run's log in order, masked; `write` takes raw output as it comes, `line` one whole line of ours. Who brings
 * output that may be faster than the database holds it up until `drained` resolves: then none is lost.
 */
export interface StepLog {
  write(text: string): void;
  line(text: string): void;
  drained?(): Promise<void>;
}

/** Survives crash and take-over; every write is conditional on the lease. */
export interface StepJournal {
  read(): JsonObject | undefined;
  /** @throws Fault `lease-lost` */
  write(entry: JsonObject): Promise<void>;
}
