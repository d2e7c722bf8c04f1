import type { Diagnosis } from './cluster.ts';

/** Of a rollout whose time was up while nothing was wrong with it. */
export const healthyByNow: Diagnosis = {
  headline: 'its pods are healthy by now, but no time was left to watch them (soak)',
  causes: [],
};
