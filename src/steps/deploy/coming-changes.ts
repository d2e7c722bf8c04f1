import { type BuiltImage, isRefusal } from '../../clusters/cluster.ts';
import { Fault } from '../../domain/fault.ts';
import type { DeployStep } from '../../domain/pipeline.ts';
import { changeLines } from '../../domain/planned-change.ts';
import { readBuildOutput, readPush } from '../../domain/step-output.ts';
import { takenElsewhere } from '../../domain/taken-elsewhere.ts';
import { environmentFor } from '../environment-access.ts';
import type { StepContext } from '../step-handler.ts';
import { newDeployId } from './deploy-id.ts';
import type { DeployDependencies, Deployment } from './deployment.ts';
import { requestOf, sourceOf } from './plan-request.ts';

/** What a deploy step would change that is yet to come; lines for people. Changes nothing. */
export type ComingChangeReader = (step: DeployStep, context: StepContext) => Promise<string[]>;

/**
 * From a rehearsal of the whole set, with the images that are pushed by now. What cannot be told before people decide is
 * no reason not to ask them.
 */
export function createComingChangeReader(deps: DeployDependencies): ComingChangeReader {
  return async (step, context) => {
    const { pipeline, id } = context.run;
    const environment = environmentFor(deps.environments, { name: step.environment, pipeline });
    if (typeof environment === 'string') return [];
    const deployment: Deployment = {
      ...{ deps, step, context, environment },
      cluster: deps.clusterOf(environment),
      lease: { runId: id, owner: '', fencing: context.fencing },
      journal: { phase: 'planned', deployId: newDeployId() },
    };
    const lines = await linesOf(deployment);
    return [`${step.id}, in ${environment.name}:`, ...lines.map((line) => `  ${deps.mask(line)}`)];
  };
}

async function linesOf(deployment: Deployment): Promise<string[]> {
  const { cluster, context } = deployment;
  try {
    const source = await sourceOf(deployment);
    if (isRefusal(source)) return [`cannot be told yet: ${source.refusal}`];
    const asked = requestOf(deployment, source);
    const images = [...asked.images, ...unpushed(context, deployment.step)];
    const request = { ...asked, images, requireDigests: false };
    const plan = await cluster.plan(request, context.signal);
    return isRefusal(plan) ? [`cannot be told yet: ${plan.refusal}`] : changeLines(plan.changes);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof Fault)) throw error;
    return [`what changes is unknown: ${error.message}`];
  }
}

/** What is built and not pushed yet has no digest: it is told by its id, as the approval tells it. */
function unpushed({ outputs, steps }: StepContext, deploy: DeployStep): BuiltImage[] {
  const elsewhere = takenElsewhere(deploy, steps);
  const pushed = new Set([...outputs.values()].map((output) => readPush(output)?.image));
  return [...outputs].flatMap(([step, output]) => {
    const build = readBuildOutput(output);
    if (build === undefined || pushed.has(step)) return [];
    const reference = `${build.name}@${build.imageId}`;
    return [{ step, name: build.name, reference, isTakenElsewhere: elsewhere.has(step) }];
  });
}
