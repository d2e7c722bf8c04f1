import type { JsonObject } from '../domain/json.ts';
import type { AppliedObject } from '../domain/prune.ts';
import type { Refusal, WriteHooks } from './cluster.ts';

/**
 * What earlier deployments have left in a place and the present one no longer has. Cancellation and errors: as for a
 * `Cluster`.
 *
 * An object is deleted only while it is the very one that was applied, by one of these deployments and by nobody else
 * since. What holds data that could not be brought back (volume claims, Secrets) is never deleted.
 */
export interface ClusterLeftovers {
  /** Changes nothing. Refused where the cluster's rules would not let us delete. */
  look(leftovers: Leftovers, signal: AbortSignal): Promise<LeftoversSeen | Refusal>;
  /** The uids of those that something in the place still reads, such as a version that the cluster itself keeps. */
  stillRead(objects: readonly AppliedObject[], signal: AbortSignal): Promise<string[]>;
  /**
   * Deletes what may be; safe to repeat. Says each deletion, and what is left and why, to `hooks`.
   * @returns the names of what it has deleted
   */
  remove(leftovers: Leftovers, hooks: WriteHooks, signal: AbortSignal): Promise<string[]>;
  /**
   * Deletes what was made for the time of a deployment only, of whatever kind, as long as nobody else has written it
   * since; safe to repeat.
   * @returns the names of what it has deleted
   */
  withdraw(temporary: Temporary, hooks: WriteHooks, signal: AbortSignal): Promise<string[]>;
  /** As `withdraw`, of what a deployment that is rolled back has added; what holds data stays. */
  takeBack(added: Temporary, hooks: WriteHooks, signal: AbortSignal): Promise<string[]>;
  /** As `withdraw`, of what a stored set has for itself: its Deployment, and what only that reads. */
  retire(replaced: ReplacedSet, hooks: WriteHooks, signal: AbortSignal): Promise<string[]>;
}

export interface Leftovers {
  objects: AppliedObject[];
  /** Of the deployments that have applied them. */
  deployIds: string[];
}

export interface Temporary {
  objects: Pick<AppliedObject, 'apiVersion' | 'kind' | 'name'>[];
  deployIds: string[];
}

/** A set that another one in another colour has replaced. */
export interface ReplacedSet {
  set: JsonObject[];
  deployIds: string[];
}

export interface LeftoversSeen {
  /** `configmap/cart-old` */
  doomed: string[];
  /** One line for each object that stays although the set no longer has it. */
  kept: string[];
}
