import type { PlannedWorkload } from '../cluster.ts';
import { at, textOf } from '../json-reading.ts';
import type { Rehearsal } from './object-writer.ts';
import { imagesOf, isWorkload, type KubeObject, nameOf } from './objects.ts';

/**
 * What a set rolls out, for the records: its workloads and its CronJobs. The latter are applied, and done with that, since
 * their pods come when it is their time.
 */
export function rolledOutIn<Of extends { apiVersion: string; kind: string }>(objects: readonly Of[]): Of[] {
  return objects.filter((object) => isWorkload(object) || isCronJob(object));
}

export function plannedWorkloads(
  targetPrefix: string,
  rehearsals: readonly Rehearsal[],
  named: readonly KubeObject[] | undefined,
): PlannedWorkload[] {
  const rolledOut = rolledOutIn(rehearsals.map(({ write }) => write.object));
  return rehearsals
    .filter(({ write }) => rolledOut.includes(write.object))
    .map(({ write, result }) => {
      const its = isCronJob(write.object) ? undefined : named?.find(isWorkload);
      const name = nameOf(its ?? write.object);
      return { name, target: `${targetPrefix}/${name}`, images: imagesOf(templateOf(result)) };
    });
}

/** When the CronJobs of a set do something; lines for people. */
export function cronJobNotes(objects: readonly KubeObject[]): string[] {
  return objects.filter(isCronJob).map((object) => {
    const when = `"${textOf(at(object, 'spec', 'schedule'))}"`;
    return at(object, 'spec', 'suspend') === true
      ? `${nameOf(object)} is suspended (spec.suspend): it starts nothing`
      : `${nameOf(object)} starts its jobs at ${when}; how they end is not watched here`;
  });
}

function templateOf(object: KubeObject) {
  return isCronJob(object)
    ? at(object, 'spec', 'jobTemplate', 'spec', 'template')
    : at(object, 'spec', 'template');
}

function isCronJob({ apiVersion, kind }: { apiVersion: string; kind: string }): boolean {
  return kind === 'CronJob' && apiVersion.startsWith('batch/');
}
