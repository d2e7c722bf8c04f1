import { at, recordOf, textOf } from '../json-reading.ts';
import { availabilityLints } from './lints/availability.ts';
import { containerLints } from './lints/containers.ts';
import { type Lint, nodeLintNames } from './lints/lint.ts';
import type { NodeLints } from './node-fit.ts';
import { isWorkload, type KubeObject, nameOf } from './objects.ts';

/** On a workload: a line for each warning that is known and accepted, as `name: the reason`. */
const acceptedAnnotation = 'trunkline/accepted-warnings';

/**
 * What is allowed and yet makes rollouts worse than they need be, above all what will lose requests of the service
 * itself; one line each. A workload silences a warning by a reason, which is shown in its place.
 */
export function lintsOf(objects: readonly KubeObject[], nodes: NodeLints | null = null): string[] {
  const workloads = objects.filter(isWorkload);
  const speaker = workloads.find((workload) => reasonsOf(workload).has('nothing-reserved')) ?? workloads[0];
  return workloads.flatMap((workload) => {
    const reasons = reasonsOf(workload);
    const lints = [
      ...containerLints(workload),
      ...availabilityLints(workload, objects),
      ...nodeLintsFor(nodes, nameOf(workload), workload === speaker),
    ];
    if (nodes === null) for (const name of nodeLintNames) reasons.delete(name);
    return [
      ...lints.map((lint) => lineOf(nameOf(workload), lint, reasons)),
      ...uselessReasons(reasons, lints).map((text) => `warning: ${nameOf(workload)}: ${text}`),
    ];
  });
}

/** What is the matter with the nodes themselves is said once. */
function nodeLintsFor(nodes: NodeLints | null, workload: string, isSpeaker: boolean): Lint[] {
  return [nodes?.ofWorkload.get(workload), isSpeaker ? nodes?.ofNodes : null].filter((lint) => lint != null);
}

function lineOf(workload: string, { name, text }: Lint, reasons: ReadonlyMap<string, string>): string {
  const reason = reasons.get(name);
  if (reason) return `accepted: ${workload}: ${name}, because: ${reason}`;
  return `warning: ${workload}: ${text} [${name}]`;
}

function reasonsOf(workload: KubeObject): Map<string, string> {
  const text = textOf(recordOf(at(workload, 'metadata', 'annotations'))[acceptedAnnotation]);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return new Map(
    lines.map((line) => {
      const [name = '', ...reason] = line.split(':');
      return [name.trim(), reason.join(':').trim()];
    }),
  );
}

/** A warning is accepted for a reason, and only one that there is. */
function uselessReasons(reasons: ReadonlyMap<string, string>, lints: readonly Lint[]): string[] {
  return [...reasons].flatMap(([name, reason]) => {
    if (reason === '')
      return [`${acceptedAnnotation} accepts ${name} without a reason: write "${name}: why it is no harm"`];
    if (lints.some((lint) => lint.name === name)) return [];
    return [`${acceptedAnnotation} accepts ${name}, which it does not have: take the line out`];
  });
}
