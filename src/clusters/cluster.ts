import type { CauseClass } from '../domain/cause-class.ts';
import type { Hint } from '../domain/hint.ts';
import type { JsonObject } from '../domain/json.ts';
import type { LintLevels } from '../domain/lint-levels.ts';
import type { PlannedChange } from '../domain/planned-change.ts';
import type { AppliedObject, NamedObject } from '../domain/prune.ts';
import type { CanaryShare, Colour } from '../domain/rollout-strategy.ts';
import type { StepProgress } from '../domain/step-progress.ts';
import type { ClusterParts } from './cluster-parts.ts';
import type { LogWish } from './container-line.ts';

/**
 * One place to deploy to: a namespace of a Kubernetes cluster, or the services of a swarm.
 *
 * Order: `plan`, then its `apply`, then `watch`; after a failure `diagnose` (when the time was up) and `restore`,
 * then `watch` again with what `restore` returned. `plan`, `watch` and `diagnose` change nothing, with two
 * exceptions: a `watch` may delete broken pods of another version that block the way, and makes the steps of what is
 * stepped.
 *
 * Idempotence: everything may be repeated by another process with the same deploy id. A plan of the same request
 * renders the same objects; an object that carries the deploy id already is not written again. Every write is
 * conditional on the state that was read: a process that slept between reading and writing changes nothing.
 *
 * Cancellation: every call rejects with the signal's reason within a second and leaves no timer, socket or watch.
 * An aborted `apply` or `restore` may have written some of its objects; the same call made again completes it.
 *
 * Errors: what the user can mend is returned (`Refusal`, `RolloutVerdict`). A `Fault` is thrown: `cluster-denied`
 * names verb and resource, `cluster-unreachable` comes after the retries of one call; a `watch` never gives up.
 */
export interface Cluster extends ClusterParts {
  /**
   * Which cluster this is, however a configuration calls it: no two share it, and it stays as long as the cluster does.
   * null: it cannot be asked.
   */
  identify(signal: AbortSignal): Promise<string | null>;
  plan(request: PlanRequest, signal: AbortSignal): Promise<RolloutPlan | Refusal>;
  watch(rollout: AppliedRollout, options: WatchOptions, signal: AbortSignal): Promise<RolloutVerdict>;
  /** Why a rollout is not done yet, as far as it can be seen now. */
  diagnose(rollout: AppliedRollout, signal: AbortSignal): Promise<Diagnosis>;
  /** Puts back what stood before; refused, and nothing is written, where somebody has changed the workload since. */
  restore(request: RestoreRequest, hooks: WriteHooks, signal: AbortSignal): Promise<AppliedRollout | Refusal>;
  /** Ends idle connections; calls under way are not interrupted. */
  close(): void;
}

export interface PlanRequest {
  /** Stamped on everything that is applied; tells this deployment's pods from all others. */
  deployId: string;
  /** Names the stack that the manifests make, where the engine keeps nothing else apart. */
  pipeline: string;
  source: ManifestSource | WorkloadSource | StoredSource;
  /** What the run has built and pushed. Each must be used but for those that are taken elsewhere, and one at least. */
  images: BuiltImage[];
  requireDigests: boolean;
  /** StatefulSets are rolled pod by pod, each watched like a rollout of its own. */
  stepped?: boolean;
  /** What is put beside the running version instead of over it. */
  canary?: CanaryWish;
  /** Two Deployments take turns, and Services are switched between them. */
  blueGreen?: BlueGreenWish;
  /** How grave what is told of the manifests is: where one is an error, the plan is a refusal. */
  lints?: LintLevels;
  /** One line for people: who deployed what, and why. */
  changeCause: string;
}

/**
 * `prepare`: what is of the new colour alone, which no Service leads to yet. `switch`: the whole set, Services included.
 * A plan of either has the workloads and manifests as the set names them, without colours.
 */
export interface BlueGreenWish {
  stage: 'prepare' | 'switch';
  /** null: the one that the Services do not lead to. */
  colour: Colour | null;
}

/** A second workload that takes a share of the requests behind the same Service. */
export interface CanaryWish {
  share: CanaryShare;
  /** On its pods, the same for all steps of a deployment; `PlanRequest.deployId` says which step scaled it. */
  podId: string;
}

export interface ManifestSource {
  kind: 'manifests';
  /** `path` is for messages. */
  files: { path: string; text: string }[];
}

/** Only the images of an existing workload are changed: container -> id of the step that built the image. */
export interface WorkloadSource {
  kind: 'workload';
  workload: { kind: string; name: string };
  containers: Record<string, string>;
}

/**
 * What an earlier deployment applied (`RolloutPlan.manifests`), to be put in as it was under the new deploy id: it has
 * its digests already, and what is not kept of it (values of Secrets) is left as it is.
 */
export interface StoredSource {
  kind: 'stored';
  objects: JsonObject[];
}

export interface BuiltImage {
  /** Id of the build step. */
  step: string;
  /** `shop/cart` */
  name: string;
  /** With registry and digest: what a container gets. */
  reference: string;
  /** Another step of the run takes it, or may. */
  isTakenElsewhere?: boolean;
}

export interface RolloutPlan {
  workloads: PlannedWorkload[];
  /** The rendered set, for the records and for later restores; the values of Secrets are left out. */
  manifests: JsonObject[];
  /** What would bring back the state seen before; undefined where there was none, or it was not healthy. */
  before: JsonObject[] | undefined;
  /** Of a plan with `blueGreen`: which colour is made, which was there, and what is of the new one alone. */
  colours?: PlannedColours;
  /**
   * What is not there yet: it goes when this is rolled back. Without what is named by its content, which goes once no
   * version needs it. Absent: the engine takes nothing back.
   */
  added?: NamedObject[];
  /** What an apply would change, object by object. */
  changes: PlannedChange[];
  /** Lines about what deserves attention: fields taken over from others, warnings about the manifests. */
  notes: string[];
  apply(hooks: WriteHooks, signal: AbortSignal): Promise<AppliedRollout | Refusal>;
}

export interface PlannedColours extends JsonObject {
  to: Colour;
  /** null: Services lead to no colour yet. */
  from: Colour | null;
  objects: NamedObject[];
}

export interface PlannedWorkload {
  /** `deployment/cart` */
  name: string;
  /** The same for everybody who means this workload, however the cluster is called in their configuration. */
  target: string;
  /** Container -> image reference. */
  images: Record<string, string>;
}

/** What was applied: all that is needed to watch it, from any process. */
export interface AppliedRollout extends JsonObject {
  /** ISO 8601, by the cluster's clock. */
  appliedAt: string;
  workloads: AppliedWorkload[];
  /** What an apply has written as a whole, workloads included; without those of which only images were changed. */
  objects: AppliedObject[];
  /** Set by a restore: the deploy id that it replaced. */
  replaces: string | null;
}

export interface AppliedWorkload extends JsonObject {
  name: string;
  uid: string;
  generation: number;
  /** How the engine finds what runs for it. */
  podSelector: string;
  /** null: the state before Trunkline's first deployment was restored. */
  deployId: string | null;
  images: { [container: string]: string };
}

export interface RestoreRequest {
  /** The deploy id that is replaced: only what carries it is written. */
  replaces: string;
  objects: JsonObject[];
  changeCause: string;
}

/** Passed to what writes. `confirm` is the last look at the lease before a write; it throws when that is lost. */
export interface WriteHooks extends ProgressHooks {
  confirm(): Promise<void>;
}

export interface WatchOptions extends ProgressHooks {
  /** How long all must stay healthy before the rollout counts as done. */
  soakMs: number;
  /** Absent: nobody wants to read what the new pods write. Best effort: a log that cannot be read is no failure. */
  logs?: LogWish;
}

/** Neither may throw; both are cheap, so that an engine calls them whenever it has news. */
export interface ProgressHooks {
  /** A line for the log, said once: what is different now. */
  onProgress(line: string): void;
  /** Where everything stands now. Each report is whole and replaces the one before. */
  onReport(report: RolloutReport): void;
}

/**
 * - `apply`: objects written, of all; unit `steps`, an item for each object or service.
 * - `rollout`: pods (or tasks) of the new version that are ready, of those that are wanted; unit `pods`. An item for
 *   each pod of the new version, then one for each of the old version until it has gone. `state`: `waiting` (for a
 *   node), `working` (pulling, starting, not ready yet, leaving), `done` (ready), `failed` (crashing, or it cannot
 *   start); `text` says so in a few words, with the number of restarts. The text of an old one begins with
 *   `old version`.
 * - `soak`: seconds watched, of `soakMs`; unit `seconds`, items as before. Reported about once a second.
 *
 * An engine need not know what it writes for: during a restore the caller shows the same reports as a rollback.
 */
export interface RolloutReport extends StepProgress {
  phase: 'apply' | 'rollout' | 'soak';
}

/** The user's failure: nothing was written, or (while applying) not all; `reason` is one line. */
export interface Refusal {
  refusal: string;
  /** More lines, such as a table of fields and owners. */
  details?: string[];
}

export function isRefusal(value: object): value is Refusal {
  return 'refusal' in value;
}

/** The results, or the first refusal among them. */
export function allOrRefusal<T extends object>(results: (T | Refusal)[]): T[] | Refusal {
  const accepted: T[] = [];
  for (const result of results) {
    if (isRefusal(result)) return result;
    accepted.push(result);
  }
  return accepted;
}

export type RolloutVerdict =
  | { outcome: 'succeeded'; images: string[]; notes: string[] }
  | { outcome: 'failed' | 'timed-out'; diagnosis: Diagnosis }
  | { outcome: 'superseded' | 'lost' | 'suspended' | 'partial'; cause: string };

/** Why a rollout failed. `causes` are ranked: the first is what the headline says. */
export interface Diagnosis extends JsonObject {
  headline: string;
  causes: Cause[];
}

export interface Cause extends JsonObject {
  class: CauseClass;
  workload: string;
  container: string | null;
  pods: string[];
  /** How many pods of the new version there are; absent: that says nothing here. */
  newPods?: number;
  message: string;
  hint: Hint | null;
  /** What was seen: container states, events, the last lines of logs. */
  evidence: JsonObject;
}
