import type { LintLevels } from '../../domain/lint-levels.ts';
import { at, recordOf, textOf } from '../json-reading.ts';
import { availabilityLints } from './lints/availability.ts';
import { containerLints } from './lints/containers.ts';
import { type Lint, nodeLintNames, surroundingLintNames } from './lints/lint.ts';
import { podNameLints, serviceLints } from './lints/services.ts';
import { storageLints } from './lints/storage.ts';
import type { NodeLints } from './node-fit.ts';
import { isWorkload, type KubeObject, nameOf } from './objects.ts';
import type { Surroundings } from './surroundings.ts';

/** On a workload: a line for each warning that is known and accepted, as `name: the reason`. */
const acceptedAnnotation = 'trunkline/accepted-warnings';

export interface LintContext {
  nodes?: NodeLints | null;
  around?: Surroundings | null;
  /** How grave each is for the step; default: all are warnings. */
  levels?: LintLevels | undefined;
}

/** One line of what a set is told before it is applied. */
export interface LintLine {
  level: 'error' | 'warning' | 'accepted';
  /** Without the level: `deployment/cart: ...`. */
  text: string;
}

/**
 * What is allowed and yet makes rollouts worse than they need be, above all what will lose requests of the service
 * itself; one line each. A workload silences a warning by a reason, which is shown in its place.
 */
export function lintLines(
  objects: readonly KubeObject[],
  { nodes = null, around = null, levels = {} }: LintContext = {},
): LintLine[] {
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
      ...podNameLints(workload, objects),
      ...storageLints(workload, [...objects, ...(around?.claims ?? [])]),
      ...(around?.ofWorkload.get(nameOf(workload)) ?? []),
      ...(workload === first ? (around?.ofSet ?? []) : []),
      ...nodeLintsFor(nodes, nameOf(workload), workload === speaker),
    ];
    for (const name of notAsked) if (!lints.some((lint) => lint.name === name)) reasons.delete(name);
    return [
      ...lints.map((lint) => lineOf(nameOf(workload), lint, { reasons, levels })),
      ...uselessReasons(reasons, lints).map((text) => warning(`${nameOf(workload)}: ${text}`)),
    ];
  });
}

/** The same as text: `warning: deployment/cart: ...`. */
export function lintsOf(objects: readonly KubeObject[], context: LintContext = {}): string[] {
  return lintLines(objects, context).map(({ level, text }) => `${level}: ${text}`);
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

function lineOf(
  workload: string,
  { name, text }: Lint,
  { reasons, levels }: { reasons: ReadonlyMap<string, string>; levels: LintLevels },
): LintLine {
  const { [name]: level = 'warning' } = levels;
  const reason = reasons.get(name) || (typeof level === 'object' ? level.accepted : '');
  if (reason) return { level: 'accepted', text: `${workload}: ${name}, because: ${reason}` };
  return { level: level === 'error' ? level : 'warning', text: `${workload}: ${text} [${name}]` };
}

function warning(text: string): LintLine {
  return { level: 'warning', text };
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
