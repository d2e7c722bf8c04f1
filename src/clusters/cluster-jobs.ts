import type { JsonObject } from '../domain/json.ts';
import type { Secret } from '../domain/secret.ts';
import type { BuiltImage, Refusal } from './cluster.ts';
import type { ContainerLine, ReadUpTo } from './container-line.ts';

/**
 * Jobs of one place to deploy to: what runs once, to its end. Order: `plan`, `start`, then `follow`; `remove` ends one
 * that is not wanted any more.
 *
 * Idempotence: `start` with the same id makes one job, from however many processes; `follow` may begin anew at any time.
 * Cancellation: as for a `Cluster`; a job whose `follow` was cancelled goes on until it is removed.
 */
export interface ClusterJobs {
  /** Changes nothing. */
  plan(request: JobRequest, signal: AbortSignal): Promise<PlannedJob | Refusal>;
  /** What `start` with this id calls it. */
  nameOf(job: { object: JsonObject; id: string }): string;
  /** @param job.secrets the values of the variables that were planned, which nothing but the cluster gets */
  start(
    job: { object: JsonObject; id: string; secrets: Readonly<Record<string, Secret>> },
    hooks: { confirm(): Promise<void> },
    signal: AbortSignal,
  ): Promise<StartedJob | Refusal>;
  /** Watches until the job has ended and its log is complete. */
  follow(job: StartedJob, hooks: JobHooks, signal: AbortSignal): Promise<JobVerdict>;
  /** Takes the secrets of a job that has ended away; nothing happens where they are gone. They go with the job at the latest. */
  removeSecrets(job: Pick<StartedJob, 'name'>, signal: AbortSignal): Promise<void>;
  /** Ends it and its pods, and takes its secrets away; nothing happens where it is gone already. */
  remove(job: JobToRemove, signal: AbortSignal): Promise<void>;
}

export interface JobRequest {
  source: JobManifest | JobCommands;
  /** What the run has built and pushed. */
  images: BuiltImage[];
  requireDigests: boolean;
  /** It is ended after this, even where nobody watches it any more. */
  deadlineSeconds: number;
}

export interface JobManifest {
  kind: 'manifest';
  file: { path: string; text: string };
}

export interface JobCommands {
  kind: 'commands';
  /** What the job is called; its own name gets an ending. */
  name: string;
  /** With registry and digest. */
  image: string;
  script: string;
  env: Record<string, string>;
  /** Variables that get their values when it is started. */
  secrets: string[];
}

export interface JobToRemove {
  name: string;
  /** Whether it was given any. */
  hasSecrets: boolean;
}

export interface PlannedJob {
  /** Without a name of its own yet. */
  object: JsonObject;
  /** Identity of the place, however it is called in a configuration. */
  place: string;
}

export interface StartedJob extends JsonObject {
  name: string;
  uid: string;
}

export interface JobHooks {
  /** A line for people: where it stands. */
  onProgress(line: string): void;
  onLine(line: ContainerLine): void;
  /** Awaited before more lines are read. */
  drained?: (() => Promise<void>) | undefined;
  readUpTo: ReadUpTo;
}

export type JobVerdict =
  | { outcome: 'succeeded' }
  | { outcome: 'failed' | 'timed-out'; cause: string; hint: string | null };
