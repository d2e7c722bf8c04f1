import { at, recordOf, textOf } from '../json-reading.ts';
import { availabilityLints } from './lints/availability.ts';
import { containerLints } from './lints/containers.ts';
import { type Lint, nodeLintNames, surroundingLintNames } from './lints/lint.ts';
import { serviceLints } from './lints/services.ts';
import { storageLints } from './lints/storage.ts';
import type { NodeLints } from './node-fit.ts';
import { isWorkload, type KubeObject, nameOf } from './objects.ts';
import type { Surroundings } from './surroundings.ts';

/** On a workload: a line for each warning that is known and accepted, as `name: the reason`. */
const acceptedAnnotation = 'trunkline/accepted-warnings';

/**
 * What is allowed and yet makes rollouts worse than they need be, above all what will lose requests of the service
 * itself; one line each. A workload silences a warning by a reason, which is shown in its place.
 */
export function lintsOf(
  objects: readonly KubeObject[],
  { nodes = null, around = null }: { nodes?: NodeLints | null; around?: Surroundings | null } = {},
): string[] {
  const workloads = objects.filter(isWorkload);
  const speaker = workloads.find((workload) => reasonsOf(workload).has('nothing-reserved')) ?? workloads[0];
  const notAsked = [
    ...(nodes === null ? nodeLintNames : []),
    ...(around === null ? surroundingLintNames : []),
  ];
  const first = workloads.find((workload) => accepts(workload, around?.ofSet)) ?? workloads[0];
  return workloads.flatMap((workload) => {
    const reasons = reasonsOf(workload);
    const lints = [
      ...containerLints(workload),
      ...availabilityLints(workload, objects),
      ...serviceLints(workload, objects),
      ...storageLints(workload, [...objects, ...(around?.claims ?? [])]),
      ...(around?.ofWorkload.get(nameOf(workload)) ?? []),
      ...(workload === first ? (around?.ofSet ?? []) : []),
      ...nodeLintsFor(nodes, nameOf(workload), workload === speaker),
    ];
    for (const name of notAsked) reasons.delete(name);
    return [
      ...lints.map((lint) => lineOf(nameOf(workload), lint, reasons)),
      ...uselessReasons(reasons, lints).map((text) => `warning: ${nameOf(workload)}: ${text}`),
    ];
  });
}

/** Which workload speaks of the set's other objects: the one that accepts something of them. */
function accepts(workload: KubeObject, lints: readonly Lint[] = []): boolean {
  const reasons = reasonsOf(workload);
  return lints.some(({ name }) => reasons.has(name));
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
