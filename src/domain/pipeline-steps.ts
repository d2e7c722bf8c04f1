import { copyHint } from './matrix.ts';
import { matrixSchema, type WrittenMatrix } from './matrix-schema.ts';
import { memberOf, textAt } from './member.ts';
import type { StepKind } from './pipeline.ts';
import type { Problem, ProblemReport } from './problem.ts';
import { ancestorsOf, findCycle } from './step-graph.ts';
import { maxSteps, stepSchema, type WrittenStep } from './step-schemas.ts';
import { suggest } from './suggestion.ts';
import { undoProblems } from './undo-problems.ts';
import type { YamlDocument, YamlPath } from './yaml-document.ts';

/** A step as far as it can be read, so that one mistake does not hide the others. */
export interface StepSketch {
  index: number;
  id: string;
  needs: string[];
  kinds: StepKind[];
  /** The built images that it works with. */
  uses: ImageUse[];
  /** null when the step has mistakes of its own. */
  written: WrittenStep | null;
  /** Also of a step with mistakes elsewhere; undefined: it has none; null: nobody can tell what it is. */
  matrix: WrittenMatrix | null | undefined;
}

interface ImageUse {
  /** Id of a build step; null where the file leaves it to be found. */
  build: string | null;
  path: YamlPath;
}

const stepKinds = [
  'build',
  'push',
  'run',
  'deploy',
  'approve',
  'job',
  'trigger',
] as const satisfies readonly StepKind[];

/** @param steps the value of `steps` in the file, whatever it is */
export function sketchSteps(steps: unknown): StepSketch[] {
  if (!Array.isArray(steps)) return [];
  const known: unknown[] = steps.slice(0, maxSteps);
  const ids = known.map((step, index) => textAt(step, 'id') ?? `step ${index + 1}`);
  return known.map((step: unknown, index) => {
    const needs: unknown = memberOf(step, 'needs');
    return {
      index,
      id: ids[index] ?? '',
      needs: Array.isArray(needs) ? needs.map(asText) : ids.slice(Math.max(0, index - 1), index),
      kinds: stepKinds.filter((kind) => memberOf(step, kind) !== undefined),
      uses: imageUses(step, ['steps', index]),
      written: stepSchema.safeParse(step).data ?? null,
      matrix: matrixOf(step),
    };
  });
}

function matrixOf(step: unknown): StepSketch['matrix'] {
  const { axes, exclude, include } = { ...Object(memberOf(step, 'matrix')) };
  if (memberOf(step, 'matrix') === undefined) return undefined;
  return matrixSchema.safeParse({ axes, exclude, include }).data ?? null;
}

/** '' for what cannot be an id. */
function asText(value: unknown): string {
  return typeof value === 'object' ? '' : String(value);
}

/** What is wrong between the steps: kinds, ids, needs, circles, and who uses whose image. */
export function stepProblems(sketches: StepSketch[], document: YamlDocument): Problem[] {
  const isFirst = (step: StepSketch) => sketches.find((other) => other.id === step.id) === step;
  const distinct = sketches.filter(isFirst);
  const check: StepsCheck = { document, steps: distinct, ids: distinct.map((step) => step.id) };
  const cycle = findCycle(distinct);
  return [
    ...sketches.flatMap((step) => kindProblems(check, step)),
    ...sketches.filter((step) => !isFirst(step)).map((step) => idProblem(check, step)),
    ...sketches.flatMap((step) => needsProblems(check, step)),
    ...sketches.flatMap((step) => failureProblems(check, step)),
    ...sketches.flatMap((step) => mistakenImageProblems(check, step)),
    ...(cycle === null ? sketches.flatMap((step) => undoProblems(check, step)) : []),
    ...(cycle === null
      ? distinct.filter(({ kinds }) => kinds.length === 1).flatMap((step) => imageProblems(check, step))
      : [cycleProblem(check, cycle)]),
  ];
}

/** The build step that a push without a name means: the only one, or the one with the id `image`. */
export function impliedBuild(steps: readonly StepSketch[]): string | null {
  const builds = buildIds(steps);
  if (builds.length === 1) return builds[0] ?? null;
  return builds.includes('image') ? 'image' : null;
}

export interface StepsCheck {
  document: YamlDocument;
  /** Without those that repeat an id. */
  steps: StepSketch[];
  ids: string[];
}

function imageUses(step: unknown, path: YamlPath): ImageUse[] {
  const [push, deploy] = ['push', 'deploy'].map((kind) => memberOf(step, kind));
  const images = Object.entries(memberOf(deploy, 'images') ?? {}).filter(
    ([, build]) => typeof build === 'string',
  );
  return [
    ...(push === undefined ? [] : [{ build: textAt(push, 'image'), path: [...path, 'push', 'image'] }]),
    ...['run', 'job'].flatMap((kind) => {
      const from = textAt(memberOf(step, kind), 'from');
      return from === null ? [] : [{ build: from, path: [...path, kind, 'from'] }];
    }),
    ...images.map(([container, build]) => ({
      build: String(build),
      path: [...path, 'deploy', 'images', container],
    })),
  ];
}

function kindProblems({ document }: StepsCheck, step: StepSketch): Problem[] {
  const [first, second] = step.kinds;
  const path = ['steps', step.index];
  if (first === undefined && step.written !== null) {
    const hint = `give it one of: ${stepKinds.join(', ')}`;
    return [document.problemAt(path, { message: `step '${step.id}' does nothing`, hint })];
  }
  if (second === undefined) return [];
  const message = `step '${step.id}' is ${first} and ${second} at once`;
  return [document.problemAtKey([...path, second], { message, hint: 'make two steps of it' })];
}

function idProblem({ document }: StepsCheck, step: StepSketch): Problem {
  return document.problemAt(['steps', step.index, 'id'], { message: `step id '${step.id}' is used twice` });
}

function needsProblems({ document, ids, steps }: StepsCheck, step: StepSketch): Problem[] {
  const others = ids.filter((other) => other !== step.id);
  return step.needs.flatMap((id, index) => {
    if (ids.includes(id) || id === '') return [];
    const message = `step '${step.id}' needs '${id}', which does not exist`;
    return [
      document.problemAt(['steps', step.index, 'needs', index], {
        message,
        hint: copyHint(id, steps) ?? suggest(id, others),
      }),
    ];
  });
}

/** What is built, pushed and deployed must have passed all that comes before it. */
function failureProblems(
  { document }: StepsCheck,
  { index, id, kinds: [kind], written }: StepSketch,
): Problem[] {
  if (kind === undefined || written === null || kind === 'run') return [];
  const problems: Problem[] = [];
  const when = written['run-when'];
  const isUndo = written.deploy?.undo !== undefined;
  if (isUndo && when !== 'on-failure') {
    const message = `step '${id}' takes a rollout back and has no run-when: on-failure`;
    problems.push(document.problemAt(['steps', index], { message, hint: "add 'run-when: on-failure'" }));
  }
  if (!isUndo && when !== 'on-success') {
    const message = `step '${id}' is ${kind} and cannot have run-when: ${when}`;
    const hint = "only run steps run after a failure or a cancel, and deploy steps with 'undo'";
    problems.push(document.problemAtKey(['steps', index, 'run-when'], { message, hint }));
  }
  if (written['allow-failure'] && kind !== 'deploy') {
    const message = `step '${id}' is ${kind} and cannot have allow-failure`;
    const hint = 'later steps use what it makes; run and deploy steps may fail';
    problems.push(document.problemAtKey(['steps', index, 'allow-failure'], { message, hint }));
  }
  return problems;
}

function cycleProblem({ document, steps }: StepsCheck, cycle: string[]): Problem {
  const index = steps.find((step) => step.id === cycle[0])?.index ?? 0;
  const message = `steps wait for each other: ${cycle.join(' -> ')}`;
  return document.problemAt(['steps', index, 'needs'], { message, hint: 'take one of these needs away' });
}

function imageProblems(check: StepsCheck, step: StepSketch): Problem[] {
  return step.uses.flatMap(({ build: named, path }) => {
    const build = named ?? impliedBuild(check.steps);
    const report = build === null ? unclearBuild(check) : useReport(check, step, build);
    return report === null ? [] : [check.document.problemAt(path, report)];
  });
}

/** `image: ID` of a build step: nobody's image is called that, and it would be looked for on Docker Hub. */
function mistakenImageProblems({ document, steps }: StepsCheck, { index, id }: StepSketch): Problem[] {
  return ['run', 'job'].flatMap((kind) => {
    const path = ['steps', index, kind, 'image'];
    const image = document.writtenAt(path);
    const build = buildIds(steps).find((other) => other === image && other !== id);
    if (build === undefined) return [];
    const message = `'${build}' is a build step, not an image that can be pulled`;
    const hint = `from: ${build} runs in what it builds; docker.io/library/${build} is the one of Docker Hub`;
    return [document.problemAt(path, { message, hint })];
  });
}

function unclearBuild({ steps }: StepsCheck): ProblemReport {
  const builds = buildIds(steps);
  if (builds.length === 0) return { message: 'there is no build step whose image could be pushed' };
  return {
    message: 'it is not clear which image is pushed',
    hint: `name the build step: ${builds.join(', ')}`,
  };
}

/** What is wrong with a step's use of a build step's image, or null. */
function useReport({ steps }: StepsCheck, step: StepSketch, build: string): ProblemReport | null {
  const builder = steps.find((other) => other.id === build);
  if (builder === undefined) {
    const maker = steps.find(({ written }) => written?.build?.image === build);
    const hint =
      maker === undefined ? suggest(build, buildIds(steps)) : `name the step that builds it: ${maker.id}`;
    return { message: `there is no build step '${build}'`, hint };
  }
  if (!builder.kinds.includes('build'))
    return { message: `step '${build}' builds no image`, hint: suggest(build, buildIds(steps)) };
  const before = ancestorsOf(steps, step.id);
  if (!before.has(build)) {
    const message = `step '${step.id}' uses the image of '${build}' but does not wait for it`;
    return { message, hint: `add '${build}' to its needs` };
  }
  if (
    !step.kinds.some((kind) => kind === 'deploy' || kind === 'job') ||
    steps.some((push) => before.has(push.id) && pushes(steps, push, build))
  )
    return null;
  // A cluster gets images by the digest of a push.
  const message = `the image of '${build}' is not pushed before step '${step.id}'`;
  return { message, hint: `add a push step, and its id to the needs of '${step.id}'` };
}

function pushes(steps: readonly StepSketch[], push: StepSketch, build: string): boolean {
  return push.kinds.includes('push') && push.uses.some((use) => (use.build ?? impliedBuild(steps)) === build);
}

function buildIds(steps: readonly StepSketch[]): string[] {
  return steps.filter((step) => step.kinds.includes('build')).map((step) => step.id);
}
