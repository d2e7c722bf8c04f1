import { RE2JS } from 're2js';
import type { Json, JsonObject } from './json.ts';
import type { Parameter, ParameterValue } from './parameter.ts';
import { suggest } from './suggestion.ts';

export type ParameterValues = Record<string, ParameterValue>;

/**
 * Holds what somebody gives a run against what its pipeline takes: every mistake in a line of its own words, else the values
 * of all parameters. Numbers and booleans may be given as text.
 */
export function resolveParameters(
  declared: readonly Parameter[],
  given: JsonObject,
): { values: ParameterValues } | { problems: string[] } {
  const names = declared.map(({ name }) => name);
  const problems = Object.keys(given)
    .filter((name) => !names.includes(name))
    .map((name) => unknownProblem(name, names));
  const values: ParameterValues = {};
  for (const parameter of declared) {
    const { name } = parameter;
    const value = Object.hasOwn(given, name) ? readValue(parameter, given[name] ?? null) : parameter.default;
    if (value !== null) values[name] = value;
    else problems.push(valueProblem(parameter, given[name]));
  }
  return problems.length === 0 ? { values } : { problems };
}

/** What a run has that nobody gives values to. */
export function defaultParameters(declared: readonly Parameter[]): ParameterValues {
  const known = declared.flatMap((one) => (one.default === null ? [] : [[one.name, one.default] as const]));
  return Object.fromEntries(known);
}

/** The value that is meant, or null when the parameter does not take it. */
export function readValue({ type, options, pattern }: Parameter, given: Json): ParameterValue | null {
  if (type === 'number') return readNumber(given);
  if (type === 'boolean') return booleans.get(given) ?? null;
  if (typeof given !== 'string') return null;
  const isTaken = type === 'choice' ? options.includes(given) : isText(given, pattern);
  return isTaken ? given : null;
}

/** What a parameter takes, in words. */
export function takenText({ type, options, pattern }: Parameter): string {
  if (type === 'choice') return `one of ${options.join(', ')}`;
  if (type === 'boolean') return 'true or false';
  if (type === 'number') return 'a number';
  return pattern === null ? `text of at most ${mostCharacters} characters` : `text that matches ${pattern}`;
}

/** The name of the environment variable that a `run` step finds a parameter in. */
export function parameterVariable(name: string): string {
  return `PARAM_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** As text, the way templates and environments have them. */
export function parameterTexts(values: JsonObject): Record<string, string> {
  const scalars = Object.entries(values).filter(([, value]) => value !== null && typeof value !== 'object');
  return Object.fromEntries(scalars.map(([name, value]) => [name, String(value)]));
}

const booleans = new Map<Json, boolean>([
  [true, true],
  [false, false],
  ['true', true],
  ['false', false],
]);

const mostCharacters = 10_000;

function isText(given: string, pattern: string | null): boolean {
  if (given.length > mostCharacters || given.includes('\0')) return false;
  return pattern === null || RE2JS.compile(pattern).matcher(given).matches();
}

function readNumber(given: Json): number | null {
  if (typeof given === 'number') return given;
  const isNumber = typeof given === 'string' && /^-?\d{1,15}(\.\d{1,15})?$/.test(given);
  return isNumber ? Number(given) : null;
}

function unknownProblem(name: string, names: readonly string[]): string {
  const hint = names.length === 0 ? 'the pipeline takes none' : suggest(name, names);
  return `there is no parameter '${name}' (${hint})`;
}

function valueProblem(parameter: Parameter, given: Json | undefined): string {
  const taken = takenText(parameter);
  if (given === undefined) return `parameter '${parameter.name}' is missing; it takes ${taken}`;
  const text = typeof given === 'string' ? `'${given}'` : JSON.stringify(given);
  const short = text.length > 100 ? `${text.slice(0, 99)}…` : text;
  return `parameter '${parameter.name}' takes ${taken}; ${short} was given`;
}
