import { memberOf } from './member.ts';
import { readValue, takenText } from './parameters.ts';
import type { Parameter } from './pipeline.ts';
import type { Problem } from './problem.ts';
import { suggest } from './suggestion.ts';
import { parametersIn } from './template.ts';
import type { YamlDocument, YamlPath } from './yaml-document.ts';

/**
 * What is wrong between the parameters of a file and the rest of it: names that nothing declares, values that a parameter
 * does not take, and a parameter that nobody can give to the runs that start by themselves.
 * @param declared null when they have mistakes of their own
 */
export function parameterProblems(document: YamlDocument, declared: readonly Parameter[] | null): Problem[] {
  if (declared === null) return [];
  const steps = memberOf(document.value, 'steps');
  const count = Array.isArray(steps) ? steps.length : 0;
  return [
    ...automaticProblems(document, declared),
    ...templateProblems(document, declared, ['concurrency', 'group']),
    ...Array.from({ length: count }, (_, index) => stepProblems(document, declared, ['steps', index])).flat(),
  ];
}

function automaticProblems(document: YamlDocument, declared: readonly Parameter[]): Problem[] {
  const [trigger] = keysOf(memberOf(document.value, 'on'));
  if (trigger === undefined) return [];
  const needed = declared.filter((parameter) => parameter.default === null);
  return needed.map(({ name }) => {
    const message = `nobody can give the parameter '${name}' to runs that start by themselves (on: ${trigger})`;
    return document.problemAtKey(['parameters', name], { message, hint: 'give it a default' });
  });
}

function stepProblems(document: YamlDocument, declared: readonly Parameter[], path: YamlPath): Problem[] {
  const templates = [
    ['build', 'args'],
    ['run', 'env'],
    ['push', 'tags'],
  ].flatMap((place) => {
    const table = [...path, ...place];
    return keysOf(valueAt(document, table)).map((key) => [...table, key]);
  });
  return [
    ...templates.flatMap((place) => templateProblems(document, declared, place)),
    ...conditionProblems(document, declared, [...path, 'when', 'parameters']),
  ];
}

function templateProblems(document: YamlDocument, declared: readonly Parameter[], path: YamlPath): Problem[] {
  const text = valueAt(document, path);
  if (typeof text !== 'string') return [];
  return parametersIn(text)
    .filter((name) => !declared.some((parameter) => parameter.name === name))
    .map((name) => document.problemAt(path, unknownParameter(name, declared)));
}

function conditionProblems(
  document: YamlDocument,
  declared: readonly Parameter[],
  path: YamlPath,
): Problem[] {
  return keysOf(valueAt(document, path)).flatMap((name) => {
    const place = [...path, name];
    const parameter = declared.find((one) => one.name === name);
    if (parameter === undefined)
      return [document.problemAtKey(place, unknownParameter(String(name), declared))];
    const value = valueAt(document, place);
    const wanted: unknown[] = Array.isArray(value) ? value : [value];
    const isTaken = (one: unknown) => isScalar(one) && readValue(parameter, one) === one;
    if (wanted.every(isTaken)) return [];
    const message = `parameter '${name}' is never this: it takes ${takenText(parameter)}`;
    return [document.problemAt(place, { message })];
  });
}

function unknownParameter(name: string, declared: readonly Parameter[]) {
  const names = declared.map((parameter) => parameter.name);
  const hint = suggest(name, names) ?? 'the file declares none: add it under parameters';
  return { message: `there is no parameter '${name}'`, hint };
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function valueAt(document: YamlDocument, path: YamlPath): unknown {
  return path.reduce<unknown>(memberOf, document.value);
}

function keysOf(value: unknown): (string | number)[] {
  if (Array.isArray(value)) return value.map((_, index) => index);
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}
