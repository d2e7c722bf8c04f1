import { recordOf, textOf } from '../json-reading.ts';
import { containerOf, labelsOf, type Service, type ServiceSpec, withContainer } from './service.ts';

/** On a service: the deployment that wrote it last. On its tasks: the one that they belong to. */
export const deployIdLabel = 'trunkline.deploy-id';
/** On a service that a rollback wrote: the deployment that was replaced. */
const replacedLabel = 'trunkline.rolled-back-from';
const changeCauseLabel = 'trunkline.change-cause';

/** A copy that says whose deployment it belongs to; its tasks will say it too. */
export function stamped(spec: ServiceSpec, stamp: { deployId: string; changeCause: string }): ServiceSpec {
  const { [replacedLabel]: _was, ...labels } = labelsOf(spec);
  const ofTasks = { ...recordOf(containerOf(spec).Labels), [deployIdLabel]: stamp.deployId };
  return {
    ...withContainer(spec, { Labels: ofTasks }),
    Labels: { ...labels, [deployIdLabel]: stamp.deployId, [changeCauseLabel]: stamp.changeCause },
  };
}

/**
 * A copy of a stored spec that says it was put back. The task template stays exactly as it was: then tasks of that
 * version that still run go on running.
 */
export function markRestored(
  spec: ServiceSpec,
  mark: { replaces: string; changeCause: string },
): ServiceSpec {
  return {
    ...spec,
    Labels: { ...labelsOf(spec), [replacedLabel]: mark.replaces, [changeCauseLabel]: mark.changeCause },
  };
}

/** The deployment that wrote the service last, as far as it tells. */
export function deployIdOf({ spec }: Service): string | null {
  return textOf(labelsOf(spec)[deployIdLabel]) || null;
}

/** The deployment that the service's new tasks belong to. */
export function taskDeployIdOf(spec: ServiceSpec): string | null {
  return textOf(recordOf(containerOf(spec).Labels)[deployIdLabel]) || null;
}

export function replacedBy({ spec }: Service): string | null {
  return textOf(labelsOf(spec)[replacedLabel]) || null;
}

/** An earlier execution of a plan has written it, and it was not put back since. */
export function carries(live: Service, deployId: string): boolean {
  return deployIdOf(live) === deployId && taskDeployIdOf(live.spec) === deployId && replacedBy(live) === null;
}
