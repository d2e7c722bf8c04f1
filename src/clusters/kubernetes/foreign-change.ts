import type { AppliedWorkload } from '../cluster.ts';
import { at, listOf, numberOf, textOf, timeOf } from '../json-reading.ts';
import { imagesOf, type KubeObject } from './objects.ts';
import { templateDeployIdOf } from './stamp.ts';

/**
 * Whether somebody has changed what the workload runs since it was applied: then its fate is no longer ours. Scaling
 * does not count.
 * @returns what was changed and by whom; undefined when it is still ours
 */
export function supersededBy(workload: KubeObject, applied: AppliedWorkload): string | undefined {
  if (numberOf(workload.metadata.generation, 0) <= applied.generation) return undefined;
  const template = at(workload, 'spec', 'template');
  const by = lastManager(workload);
  if (templateDeployIdOf(workload) !== applied.deployId) {
    return `${applied.name} was changed to another version by ${by}`;
  }
  const images = imagesOf(template);
  const changed = Object.keys(applied.images).find(
    (container) => images[container] !== applied.images[container],
  );
  if (changed === undefined) return undefined;
  return `the image of container \`${changed}\` of ${applied.name} was changed to ${images[changed] ?? 'none'} by ${by}`;
}

/** Controllers write status, not templates. */
function lastManager(workload: KubeObject): string {
  const entries = listOf(workload.metadata.managedFields).filter(
    (entry) => at(entry, 'fieldsV1', 'f:spec') !== undefined,
  );
  const newest = entries.toSorted((left, right) => timeOf(left.time) - timeOf(right.time)).at(-1);
  return textOf(newest?.manager) || 'somebody else';
}
