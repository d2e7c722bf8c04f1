import type { ServiceAnswer, ServiceCheck } from '../domain/service-check.ts';

/** Requests through the Services of a place. Changes nothing in the cluster itself. */
export interface ClusterServices {
  /** Asks once, in a few seconds. What keeps it from asking is an answer, too. */
  ask(check: ServiceCheck, signal: AbortSignal): Promise<ServiceAnswer>;
}
