import { memberOf } from './member.ts';
import type { Parameter } from './parameter.ts';
import { readValue, takenText } from './parameters.ts';
import type { Problem } from './problem.ts';
import { suggest } from './suggestion.ts';
import { parametersIn } from './template.ts';
import { keysOf, templatePlaces, valueAt } from './template-places.ts';
import type { YamlDocument, YamlPath } from './yaml-document.ts';

/** One of `parameters`, as far as it can be read. */
export interface DeclaredParameter {
  name: string;
  /** null: it has mistakes of its own. */
  parameter: Parameter | null;
}

/**
 * What is wrong between the parameters of a file and the rest of it: names that nothing declares, values that a parameter
 * does not take, and a parameter that nobody can give to the runs that start by themselves.
 * @param declared null: they stand elsewhere
 */
export function parameterProblems(
  document: YamlDocument,
  declared: readonly DeclaredParameter[] | null,
): Problem[] {
  if (declared === null) return [];
  const conditions = keysOf(memberOf(document.value, 'steps')).map((index) => [
    'steps',
    index,
    'when',
    'parameters',
  ]);
  return [
    ...automaticProblems(document, declared),
    ...templatePlaces(document).flatMap((path) => templateProblems(document, declared, path)),
    ...[['when', 'parameters'], ...conditions].flatMap((path) => conditionProblems(document, declared, path)),
  ];
}

function automaticProblems(document: YamlDocument, declared: readonly DeclaredParameter[]): Problem[] {
  const [trigger] = keysOf(memberOf(document.value, 'on'));
  if (trigger === undefined) return [];
  const needed = declared.filter(({ parameter }) => parameter?.default === null);
  return needed.map(({ name }) => {
    const message = `nobody can give the parameter '${name}' to runs that start by themselves (on: ${trigger})`;
    return document.problemAtKey(['parameters', name], { message, hint: 'give it a default' });
  });
}

function templateProblems(
  document: YamlDocument,
  declared: readonly DeclaredParameter[],
  path: YamlPath,
): Problem[] {
  const text = valueAt(document, path);
  if (typeof text !== 'string') return [];
  return parametersIn(text)
    .filter((name) => !declared.some((one) => one.name === name))
    .map((name) => document.problemAt(path, unknownParameter(name, declared)));
}

function conditionProblems(
  document: YamlDocument,
  declared: readonly DeclaredParameter[],
  path: YamlPath,
): Problem[] {
  return keysOf(valueAt(document, path)).flatMap((name) => {
    const place = [...path, name];
    const found = declared.find((one) => one.name === name);
    if (found === undefined) return [document.problemAtKey(place, unknownParameter(String(name), declared))];
    const { parameter } = found;
    if (parameter === null) return [];
    const value = valueAt(document, place);
    const wanted: unknown[] = Array.isArray(value) ? value : [value];
    const isTaken = (one: unknown) => isScalar(one) && readValue(parameter, one) === one;
    if (wanted.every(isTaken)) return [];
    const message = `parameter '${name}' is never this: it takes ${takenText(parameter)}`;
    const texts = wanted.filter((one) => typeof one === 'string');
    const meant = texts.map((one) => readValue(parameter, one)).filter((one) => one !== null);
    const isQuoted = texts.length === wanted.length && meant.length === texts.length;
    return [
      document.problemAt(place, {
        message,
        ...(isQuoted && { hint: `without quotes: ${meant.join(', ')}` }),
      }),
    ];
  });
}

function unknownParameter(name: string, declared: readonly DeclaredParameter[]) {
  const names = declared.map((one) => one.name);
  const hint = suggest(name, names) ?? 'the file declares none: add it under parameters';
  return { message: `there is no parameter '${name}'`, hint };
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
