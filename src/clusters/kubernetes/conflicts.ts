import { at, recordOf } from '../json-reading.ts';
import type { ApiError, StatusCause } from './api-error.ts';
import type { Write } from './object-writer.ts';

/** Owns the partition of a StatefulSet while that is stepped; every apply may take it back. */
export const stepsManager = 'trunkline-steps';

/**
 * What to do about fields that others manage. The scale subresource (an autoscaler) keeps `spec.replicas`: it is left
 * out. Tools of people's hands, and Trunkline under its other name, give way. Anything else is a decision that
 * nobody has made: undefined.
 */
export function resolveConflicts(
  write: Write,
  causes: StatusCause[],
): { write: Write; notes: string[] } | undefined {
  if (causes.length === 0 || write.force) return undefined;
  const scaled = causes.find(
    (cause) => cause.field === '.spec.replicas' && ownerOf(cause).subresource === 'scale',
  );
  if (scaled !== undefined && at(write.object, 'spec', 'replicas') !== undefined) {
    const note = `spec.replicas is left to ${ownerOf(scaled).manager}, which scales this workload`;
    return { write: withoutReplicas(write), notes: [note] };
  }
  if (!causes.every((cause) => givesWay.test(ownerOf(cause).manager))) return undefined;
  return {
    write: { ...write, force: true },
    notes: takenOver(causes.filter((cause) => ownerOf(cause).manager !== stepsManager)),
  };
}

function takenOver(causes: StatusCause[]): string[] {
  if (causes.length === 0) return [];
  return ['fields taken over from their last manager:', ...describeConflicts(causes)];
}

/** Fields that others manage, and not a lost race: both are answered with 409. */
export function isOwnedByOthers(error: ApiError): boolean {
  return error.causes.some((cause) => cause.reason === 'FieldManagerConflict');
}

/** One line a field: `.spec.replicas -> kube-controller-manager`. */
export function describeConflicts(causes: StatusCause[]): string[] {
  return causes.map((cause) => `  ${cause.field} -> ${ownerOf(cause).manager}`);
}

const givesWay = /^(kubectl|before-first-apply$|helm|Helm|trunkline)/;

/** The owner is only in the text: `conflict with "kubectl" with subresource "scale" using apps/v1`. */
function ownerOf(cause: StatusCause): { manager: string; subresource: string } {
  const manager = /conflict with "([^"]*)"/.exec(cause.message)?.[1] ?? cause.message;
  return { manager, subresource: /with subresource "([^"]*)"/.exec(cause.message)?.[1] ?? '' };
}

function withoutReplicas(write: Write): Write {
  const object = structuredClone(write.object);
  delete recordOf(at(object, 'spec')).replicas;
  return { ...write, object };
}
