import type { JsonObject } from '../../domain/json.ts';
import { at, recordOf, textOf } from '../json-reading.ts';
import { isWorkload, type KubeObject } from './objects.ts';

/** On an object: the deployment that wrote it last. On a pod template, and so on its pods: the one they belong to. */
export const deployIdAnnotation = 'trunkline/deploy-id';
/** On an object that a rollback wrote: the deployment that was replaced. */
const replacedAnnotation = 'trunkline/rolled-back-from';
const changeCauseAnnotation = 'kubernetes.io/change-cause';

export const annotationsOfOurs = [deployIdAnnotation, replacedAnnotation, changeCauseAnnotation];

export interface Stamp {
  deployId: string;
  changeCause: string;
  /** False for an object that is somebody else's, of which only images are changed. */
  isManaged: boolean;
}

/** A copy that says whose deployment it belongs to; a workload's pods will say it too. */
export function stamped(object: KubeObject, stamp: Stamp): KubeObject {
  const copy = structuredClone(object);
  if (stamp.isManaged) merge(copy.metadata, 'labels', { 'app.kubernetes.io/managed-by': 'trunkline' });
  merge(copy.metadata, 'annotations', { [deployIdAnnotation]: stamp.deployId });
  if (!isWorkload(copy)) return copy;
  merge(copy.metadata, 'annotations', { [changeCauseAnnotation]: stamp.changeCause });
  const template = recordOf(at(copy, 'spec', 'template'));
  template.metadata = { ...recordOf(template.metadata) };
  merge(recordOf(template.metadata), 'annotations', { [deployIdAnnotation]: stamp.deployId });
  return copy;
}

/**
 * A copy of a stored object that says it was put back. The pod template stays exactly as it was: then the cluster
 * returns to the pods that are still there instead of making new ones.
 */
export function markRestored(
  object: KubeObject,
  mark: { replaces: string; changeCause: string },
): KubeObject {
  const copy = structuredClone(object);
  merge(copy.metadata, 'annotations', { [replacedAnnotation]: mark.replaces });
  if (isWorkload(copy)) merge(copy.metadata, 'annotations', { [changeCauseAnnotation]: mark.changeCause });
  return copy;
}

function merge(metadata: JsonObject, key: 'labels' | 'annotations', entries: Record<string, string>): void {
  metadata[key] = { ...recordOf(metadata[key]), ...entries };
}

/** The deployment that wrote the object last, as far as it tells. */
export function deployIdOf(object: JsonObject): string | null {
  return textOf(at(object, 'metadata', 'annotations', deployIdAnnotation)) || null;
}

/** The deployment that a workload's new pods belong to. */
export function templateDeployIdOf(workload: JsonObject): string | null {
  return deployIdOf(recordOf(at(workload, 'spec', 'template')));
}

export function replacedBy(object: JsonObject): string | null {
  return textOf(at(object, 'metadata', 'annotations', replacedAnnotation)) || null;
}
