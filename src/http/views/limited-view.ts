import type { z } from 'zod';
import type { TokenLimit } from '../../domain/token-limit.ts';
import type { environmentDetailSchema, environmentListSchema } from '../schemas/environment.ts';
import type { DeploymentView, Run } from '../schemas/run.ts';

/** A run as its limited reader may see it: without those of other pipelines that it came of or has started. */
export function limitedRun(view: Run, limit: TokenLimit | null): Run {
  if (limit === null) return view;
  const steps = view.steps.map((step) => ({ ...step, triggered: null }));
  return { ...view, steps, why: { ...view.why, upstream: null } };
}

type EnvironmentView = z.output<typeof environmentListSchema>['items'][number];
type EnvironmentDetail = z.output<typeof environmentDetailSchema>;
type Sees = (pipeline: string) => boolean;

/** What the given pipelines have deployed to an environment. */
export function limitedEnvironment(view: EnvironmentView, sees: Sees): EnvironmentView {
  return { ...view, ...ownFacts(view, sees), workloads: ownWorkloads(view.workloads, sees) };
}

/** As `limitedEnvironment`; changes by hand are told of whole environments, so not at all. */
export function limitedDetail(view: EnvironmentDetail, sees: Sees): EnvironmentDetail {
  const workloads = ownWorkloads(view.workloads, sees).map((workload) => {
    const { changes } = workload;
    return changes !== null && isOwn(sees)(changes.since) ? workload : { ...workload, changes: null };
  });
  const history = view.history.filter(isOwn(sees));
  return { ...view, ...ownFacts(view, sees), workloads, history, drift: null };
}

function ownFacts({ pipelines, running, locks }: EnvironmentView, sees: Sees) {
  const own = isOwn(sees);
  return {
    pipelines: pipelines?.filter(sees) ?? null,
    running: running.filter(own),
    locks: locks.filter(own),
  };
}

function ownWorkloads<Workload extends EnvironmentView['workloads'][number]>(
  workloads: readonly Workload[],
  sees: Sees,
): Workload[] {
  const own = (deployment: DeploymentView | null) =>
    deployment !== null && sees(deployment.pipeline) ? deployment : null;
  return workloads
    .map((workload) => ({
      ...workload,
      current: own(workload.current),
      deploying: own(workload.deploying),
      failedSince: own(workload.failedSince),
    }))
    .filter(({ current, deploying, failedSince }) => current ?? deploying ?? failedSince);
}

function isOwn(sees: Sees): (deployment: Pick<DeploymentView, 'pipeline'>) => boolean {
  return ({ pipeline }) => sees(pipeline);
}
