import type { StepKind } from './pipeline.ts';
import type { RunTold } from './run-values.ts';

/** What a run of strangers' code may do, and what it would reach beyond the worker that it runs on. */
const refusals: Readonly<Record<StepKind, string | null>> = {
  run: null,
  build: null,
  approve: null,
  push: 'push images',
  deploy: 'deploy',
  job: 'run jobs in a cluster',
  trigger: 'start pipelines',
};

/** @returns why a step is not executed, whatever the pipeline says; null: it is */
export function stepRefusal(kind: StepKind, { request }: RunTold): string | null {
  const refused = refusals[kind];
  if (request?.isFork !== true || refused === null) return null;
  return `merge request ${request.number} is of a fork, and runs of forks may not ${refused}: leave the step out there with 'when'`;
}
