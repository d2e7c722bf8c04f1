import { durationText } from '../domain/duration.ts';
import type { Drift } from './operation-answers.ts';
import { oneLine } from './safe-text.ts';
import { agoText } from './times.ts';

/** The last report in a few lines: one for each object that is not as it was deployed. */
export function driftSummary(drift: Drift, now: Date): string {
  const { environment, objects, problem, lookedAt } = drift;
  if (lookedAt === null) return `Nobody has looked for changes by hand in ${environment} yet.\n`;
  const looked = `looked at ${agoText(lookedAt, now)}`;
  const failed = problem === null ? [] : [`The last look came to nothing (${looked}): ${oneLine(problem)}`];
  if (objects.length === 0) return lines([...failed, ...(problem === null ? [clean(drift, looked)] : [])]);
  const statements = objects.map(({ statement }) => `  ${oneLine(statement)}`);
  return lines([...failed, `Changed by hand since it was deployed (${looked}):`, ...statements]);
}

function clean({ environment }: Drift, looked: string): string {
  return `${environment} is as it was deployed (${looked}).`;
}

/** The same with every field, and how often somebody looks. */
export function driftText(drift: Drift, now: Date): string {
  const fields = drift.objects
    .filter((object) => object.fields.length > 1)
    .flatMap(({ object, fields: changed }) => [
      '',
      `${object}:`,
      ...changed.map(
        ({ path, applied, live, manager }) =>
          `  ${oneLine(`${path}: ${applied ?? 'nothing'} -> ${live ?? 'nothing'} (${manager ?? 'somebody'})`)}`,
      ),
    ]);
  const often =
    drift.everyMs === null
      ? 'It is looked at when somebody asks: trunkline drift --look.'
      : `It is looked at every ${durationText(drift.everyMs)}.`;
  return `${driftSummary(drift, now)}${fields.length === 0 ? '' : lines(fields)}${often}\n`;
}

function lines(texts: string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
