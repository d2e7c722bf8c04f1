import type { JsonObject } from './json.ts';
import type { StepDefinition } from './pipeline.ts';
import type { StepSketch } from './pipeline-steps.ts';
import type { Problem, ProblemReport } from './problem.ts';
import { pushOutputNames, readableOutputs } from './readable-outputs.ts';
import { ancestorsOf } from './step-graph.ts';
import { suggest } from './suggestion.ts';
import { type OutputReference, outputsIn } from './template.ts';
import { templatePlaces, valueAt } from './template-places.ts';
import type { YamlDocument } from './yaml-document.ts';

/** What is wrong with the places of a file that read outputs of steps: which steps there are, and who waits for whom. */
export function outputProblems(sketches: readonly StepSketch[], document: YamlDocument): Problem[] {
  return templatePlaces(document).flatMap((path) => {
    const text = valueAt(document, path);
    if (typeof text !== 'string') return [];
    const reader = sketches.find(({ index }) => path[0] === 'steps' && path[1] === index);
    return outputsIn(text).flatMap((reference) => {
      const report = reportOn(reference, reader, sketches);
      return report === null ? [] : [document.problemAt(path, report)];
    });
  });
}

/**
 * The first output that a step's templates read and that is not there.
 * @param outputs of the steps that have succeeded, by their ids
 * @returns a sentence, or null when the step can begin
 */
export function missingOutput(step: StepDefinition, outputs: ReadonlyMap<string, JsonObject>): string | null {
  const lacking = templatesOf(step)
    .flatMap(outputsIn)
    .find(({ stepId, name }) => !readableOutputs(outputs.get(stepId)).has(name));
  if (lacking === undefined) return null;
  const { stepId, name } = lacking;
  if (!outputs.has(stepId))
    return `step ${stepId} has left no output ${name}: it was skipped, or has not succeeded`;
  const known = [...readableOutputs(outputs.get(stepId)).keys()];
  const others = known.length === 0 ? 'it wrote nothing to $TRUNKLINE_OUTPUT' : `only ${known.join(', ')}`;
  return `step ${stepId} has left no output ${name}: ${others}`;
}

function reportOn(
  { stepId, name }: OutputReference,
  reader: StepSketch | undefined,
  sketches: readonly StepSketch[],
): ProblemReport | null {
  if (reader === undefined)
    return { message: `\${steps.${stepId}.outputs.${name}} cannot be read here: no step has run yet` };
  const writer = sketches.find(({ id }) => id === stepId);
  const writers = sketches.filter((step) => hasOutputs(step) && step !== reader);
  const hint = suggest(
    stepId,
    writers.map(({ id }) => id),
  );
  if (writer === undefined) return { message: `there is no step '${stepId}'`, hint };
  if (writer === reader)
    return { message: `step '${stepId}' reads an output of its own, which is there when it has ended` };
  const none = withoutOutput(writer, name);
  if (none !== null) return { hint, ...none };
  if (ancestorsOf(sketches, reader.id).has(stepId)) return null;
  const message = `step '${reader.id}' uses an output of '${stepId}' but does not wait for it`;
  return { message, hint: `add '${stepId}' to its needs` };
}

/** null: the step may have that output. */
function withoutOutput(writer: StepSketch, name: string): ProblemReport | null {
  if (!hasOutputs(writer)) {
    const message = `step '${writer.id}' has no outputs: only run and push steps do`;
    return writer.kinds.includes('build')
      ? { message, hint: `push its image, and read 'image' of that push step` }
      : { message };
  }
  if (writer.kinds.includes('push') && !pushOutputNames.some((known) => known === name)) {
    const message = `step '${writer.id}' has no output '${name}': a push has ${pushOutputNames.join(' and ')}`;
    return { message, hint: suggest(name, pushOutputNames) };
  }
  if (writer.written?.matrix === undefined) return null;
  const message = `step '${writer.id}' has a matrix: its outputs would be those of several steps`;
  return { message, hint: 'write them in a run step without one' };
}

function hasOutputs({ kinds }: StepSketch): boolean {
  return kinds.includes('run') || kinds.includes('push');
}

/** Every text of a step in which values can be read. */
function templatesOf(step: StepDefinition): string[] {
  if (step.kind === 'build') return Object.values(step.args);
  if (step.kind === 'push') return step.tags;
  if (step.kind === 'trigger')
    return Object.values(step.parameters).filter((value) => typeof value === 'string');
  if (step.kind === 'job') return 'env' in step.source ? Object.values(step.source.env) : [];
  if (step.kind !== 'run') return [];
  return [step, ...(step.services ?? [])].flatMap(({ env }) => Object.values(env));
}
