import type { ObjectDrift } from '../domain/drift.ts';
import type { JsonObject } from '../domain/json.ts';

/** What a deployment has applied, as its records keep it. */
export interface AppliedSet {
  deployId: string;
  /** `PlannedWorkload.target` of its workloads: a set of another cluster or namespace is not looked at. */
  targets: string[];
  objects: JsonObject[];
}

/**
 * Compares what was applied with what is there, field by field, and changes nothing. Not reported are fields that
 * nobody applied (defaults of the API server, what controllers write), replicas that an autoscaler owns, and objects
 * that another deployment has written since.
 */
export interface ClusterDrift {
  /**
   * @param sets newest first
   * @returns what differs, in the order of the sets
   */
  look(sets: readonly AppliedSet[], signal: AbortSignal): Promise<ObjectDrift[]>;
}
