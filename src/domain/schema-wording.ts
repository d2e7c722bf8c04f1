import { z } from 'zod';
import { memberOf } from './member.ts';
import { suggest } from './suggestion.ts';
import type { YamlDocument, YamlPath } from './yaml-document.ts';
import { lookalikeIn } from './yaml-lookalikes.ts';

type Issue = z.core.$ZodIssue;
type Report = { message: string; hint?: string | undefined };

/** What is wrong with a value, in words, where its schema has none of its own. */
export interface WrongValue {
  document: YamlDocument;
  schema: z.ZodType;
  path: YamlPath;
  value: unknown;
}

/** A number, text or list beyond its bounds. */
export function boundsReport(
  issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall,
  path: YamlPath,
): Report {
  const bound = issue.code === 'too_big' ? issue.maximum : issue.minimum;
  const side = issue.code === 'too_big' ? 'most' : 'least';
  const counted = countedWords[issue.origin];
  if (counted !== undefined) return { message: `${subjectOf(path)} has at ${side} ${bound} ${counted}` };
  const [than, limit] =
    issue.inclusive === false ? [side === 'most' ? 'less' : 'more', 'than'] : ['at', side];
  return { message: `${subjectOf(path)} is ${than} ${limit} ${bound}` };
}

/** Of an entry of a list, the list. */
export function subjectOf(path: YamlPath): string {
  const last = path.at(-1);
  if (typeof last === 'string') return `'${last}'`;
  const list = path.findLast((part) => typeof part === 'string');
  return list === undefined ? 'this' : `an entry of '${list}'`;
}

const countedWords: Readonly<Record<string, string>> = { string: 'characters', array: 'entries' };

/** Another kind of value than the schema expects. */
export function typeReport(wrong: WrongValue, expected: string): Report {
  const { value, path } = wrong;
  if (path.length === 0 && value === null) return { message: 'the file is empty', hint: keysHint(wrong) };
  const message = `expected ${expected}, got ${kindOf(value)}`;
  if (expected === 'text') return textReport(wrong, expected);
  if (expected === keysWithValues)
    return { message, hint: yesHint(wrong) ?? defaultsHint(wrong) ?? onlyKeyHint(wrong) ?? keysHint(wrong) };
  if (expected === 'true or false' && isYesOrNo(value))
    return { message: `${message}: YAML 1.2 reads yes, no, on and off as text`, hint: 'write true or false' };
  if (isQuoted(value, expected)) return { message, hint: `without quotes: ${value}` };
  if (expected === 'a list') return { message, hint: listHint(value) };
  if (typeof value === 'number' && !Number.isFinite(value))
    return { message: `expected ${expected}, got one that is too large, or none at all` };
  return { message };
}

function isQuoted(value: unknown, expected: string): value is string {
  if (typeof value !== 'string') return false;
  if (expected === 'true or false') return /^(?:true|false)$/.test(value);
  return expected === 'a number' && /^-?\d{1,15}(?:\.\d+)?$/.test(value);
}

/** Somebody who writes yes or no where keys are expected, and none of them is needed. */
function yesHint({ schema, path, value }: WrongValue): string | undefined {
  const isForYes = typeof value === 'boolean' || isYesOrNo(value);
  if (!isForYes || !takesNoKeys(schema, path)) return undefined;
  const name = String(path.at(-1));
  return `leave '${name}' away for no; ${name}: {} is yes, with all defaults`;
}

/** Somebody who writes the key alone, where it needs nothing further. */
function defaultsHint(wrong: WrongValue): string | undefined {
  const { schema, path, value } = wrong;
  if (value !== null || !takesNoKeys(schema, path)) return undefined;
  return `${path.at(-1)}: {} takes every default; ${keysHint(wrong)}`;
}

/** Somebody who writes only what one key, the only one that is needed, is to say. */
function onlyKeyHint({ schema, path, value }: WrongValue): string | undefined {
  if (typeof value !== 'string' || !/^[\w./-][\w./:@-]*$/.test(value)) return undefined;
  const [here, ...others] = schemasAt(schema, path).filter((one) => one instanceof z.ZodObject);
  if (here === undefined || others.length > 0) return undefined;
  const takers = Object.keys(here.shape).filter((key) => here.safeParse({ [key]: value }).success);
  return takers.length === 1 ? `write { ${takers[0]}: ${value} }` : undefined;
}

function listHint(value: unknown): string {
  const isMap = typeof value === 'object' && value !== null;
  const [key = ''] = isMap ? Object.keys(value) : [];
  const [, name = ''] = /^-(\w.*)$/.exec(key) ?? [];
  if (name !== '') return `a space is missing after the dash: - ${name}: ...`;
  return "a list stands in [brackets], or on lines that begin with '- '";
}

function isYesOrNo(value: unknown): boolean {
  return typeof value === 'string' && /^(yes|no|on|off|y|n)$/i.test(value);
}

/** The same where several kinds would do. */
export function unionReport(wrong: WrongValue, expected: readonly string[]): Report {
  const kinds = expected.join(' or ');
  if (expected.includes('text')) return textReport(wrong, kinds);
  return { message: `expected ${kinds}, got ${kindOf(wrong.value)}` };
}

function textReport({ document, path, value }: WrongValue, expected: string): Report {
  const message = `expected ${expected}, got ${kindOf(value)}`;
  const written = document.writtenAt(path);
  if (written !== null && (typeof value === 'number' || typeof value === 'boolean'))
    return {
      message:
        written === String(value)
          ? `expected ${expected}, got ${kindWord(value)}`
          : `expected ${expected}, but YAML reads ${written} as ${kindWord(value)}`,
      hint: `put it in quotes: '${written}'`,
    };
  if (written !== null && written !== '' && value === null)
    return {
      message: `expected ${expected}, but YAML reads ${written} as nothing`,
      hint: `put it in quotes: '${written}'`,
    };
  if (value === null && typeof path.at(-1) === 'number')
    return { message, hint: "remove the dash; a text that begins with '#' needs quotes" };
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap ? { message, hint: "a text that contains ': ' needs quotes" } : { message };
}

function keysHint({ schema, path }: WrongValue): string {
  const keys = knownKeys(schema, path);
  if (keys.length === 0) return 'NAME: value, on lines of its own, indented below';
  return `its keys${path.length === 0 ? '' : ', indented below it'}: ${keys.join(', ')}`;
}

/** What to do about a key that the schema does not know at a place. */
export function unknownKeyHint(
  { schema, path, value }: Omit<WrongValue, 'document'>,
  key: string,
): string | undefined {
  const known = knownKeys(schema, path);
  const possible = known.filter((owner) => knownKeys(schema, [...path, owner]).includes(key));
  const written = possible.filter((owner) => memberOf(value, owner) !== undefined);
  const owners = written.length > 0 ? written : possible;
  const lookalike = lookalikeIn(key);
  if (lookalike !== null) return `it has ${lookalike.what} in it: ${lookalike.hint}`;
  const [, name = '', glued = ''] = /^([\w-]+):(.+)$/.exec(key) ?? [];
  if (known.includes(name)) return `a space is missing after the colon: ${name}: ${glued}`;
  if (key === '<<') return 'merge keys are not part of YAML 1.2: write templates, and extends in the step';
  if (known.includes('axes')) return `an axis stands below 'axes': { axes: { ${key}: [...] } }`;
  if (owners.length > 0) return `it belongs below ${owners.map((owner) => `'${owner}'`).join(' or ')}`;
  if (standsBeside(schema, path, key)) return `it stands beside '${path.at(-1)}', not below it`;
  return suggest(key, known);
}

/** What has keys of its own there, such as another kind of step, would be one too many. */
function standsBeside(schema: z.ZodType, path: YamlPath, key: string): boolean {
  const above = path.slice(0, -1);
  const isKnown = typeof path.at(-1) === 'string' && knownKeys(schema, above).includes(key);
  return isKnown && knownKeys(schema, [...above, key]).length === 0;
}

const keysWithValues = 'keys with values';
const kindWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: keysWithValues,
  record: keysWithValues,
};

export function expectedKind(issue: Issue): string {
  return issue.code === 'invalid_type' ? (kindWords[issue.expected] ?? issue.expected) : 'another value';
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return kindWords[typeof value] ?? typeof value;
}

function kindWord(value: number | boolean): string {
  return typeof value === 'number' ? `the number ${value}` : `the value ${value}`;
}

/** The keys that the schema knows at a place. */
function knownKeys(schema: z.ZodType, path: YamlPath): string[] {
  return schemasAt(schema, path).flatMap((here) =>
    here instanceof z.ZodObject ? Object.keys(here.shape) : [],
  );
}

function takesNoKeys(schema: z.ZodType, path: YamlPath): boolean {
  return schemasAt(schema, path).some((here) => here.safeParse({}).success);
}

/** What a value at a place may be. */
function schemasAt(schema: z.ZodType, path: YamlPath): z.ZodType[] {
  const here = bare(schema);
  const [first, ...rest] = path;
  if (here instanceof z.ZodUnion)
    return here.options.flatMap((option) => (option instanceof z.ZodType ? schemasAt(option, path) : []));
  if (first === undefined) return [here];
  const next = stepInto(here, String(first));
  return next instanceof z.ZodType ? schemasAt(next, rest) : [];
}

function stepInto(schema: z.ZodType, key: string): unknown {
  if (schema instanceof z.ZodObject) return schema.shape[key];
  if (schema instanceof z.ZodArray) return schema.element;
  return schema instanceof z.ZodRecord ? schema.valueType : undefined;
}

function bare(schema: z.ZodType): z.ZodType {
  const isWrapped =
    schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault;
  const inner = isWrapped ? schema.unwrap() : schema;
  return inner === schema || !(inner instanceof z.ZodType) ? schema : bare(inner);
}
