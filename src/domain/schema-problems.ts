import type { z } from 'zod';
import { memberOf } from './member.ts';
import type { Problem } from './problem.ts';
import {
  boundsReport,
  expectedKind,
  subjectOf,
  typeReport,
  unionReport,
  unknownKeyHint,
} from './schema-wording.ts';
import { suggestNear } from './suggestion.ts';
import type { YamlDocument, YamlPath } from './yaml-document.ts';

/** What a schema is checked against, and keys that are known to come with a later version. */
export interface SchemaCheck<Schema extends z.ZodType> {
  document: YamlDocument;
  schema: Schema;
  laterKeys: readonly string[];
  /** Keys that people may expect and that are refused on purpose: key -> what to do instead. */
  refusedKeys?: Readonly<Record<string, string>>;
  /** Keys that are known elsewhere, as `owner.key`: why they are not here, and after a line break what to do instead. */
  misplacedKeys?: Readonly<Record<string, string>>;
  /** The rest stands elsewhere: what is missing is no mistake, nor are rules about several keys; only what is there is judged. */
  isPartial?: boolean;
}

/**
 * Checks the document's data; every mistake becomes a problem at its place. A schema's own message may hold a hint after a line break, and `{key}` where
 * its key is to be named.
 */
export function checkSchema<Schema extends z.ZodType>(
  check: SchemaCheck<Schema>,
): { data: z.output<Schema> } | { problems: Problem[] } {
  // An empty message marks what no schema has worded itself: those are worded here.
  const result = check.schema.safeParse(check.document.value, { error: () => '' });
  if (result.success) return { data: result.data };
  const problems = causesOf(result.error.issues)
    .values()
    .flatMap((issue) => issueProblems(check, issue, []));
  return { problems: problems.take(maxProblems).toArray() };
}

const ownKey = '{key}';

/** More than anybody reads. */
const maxProblems = 100;

type Issue = z.core.$ZodIssue;

/** A text where a list is expected has a length too, which means nothing. */
function causesOf(issues: readonly Issue[]): Issue[] {
  const mistyped = issues.filter(({ code }) => code === 'invalid_type').map(({ path }) => path.join('.'));
  return issues.filter(
    ({ code, path }) => !(code === 'too_big' || code === 'too_small') || !mistyped.includes(path.join('.')),
  );
}

function issueProblems(check: SchemaCheck<z.ZodType>, issue: Issue, above: YamlPath): Problem[] {
  const path = [...above, ...issue.path.filter((part) => typeof part !== 'symbol')];
  if (check.isPartial === true && isAboutRest(check.document, issue, path)) return [];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, maxProblems).map((key) => unknownKey(check, path, key));
  if (issue.code === 'invalid_union' && issue.message === '') return unionProblems(check, issue.errors, path);
  if (issue.code === 'invalid_key') {
    const [message = 'this key is not allowed here', hint] = (issue.issues[0]?.message ?? '').split('\n');
    return [check.document.problemAtKey(path, { message, hint })];
  }
  return [check.document.problemAt(path, { ...wording(check, issue, path), ...offsetOf(issue) })];
}

function isAboutRest(document: YamlDocument, issue: Issue, path: YamlPath): boolean {
  const value = valueAt(document.value, path);
  return value === undefined || (issue.code === 'custom' && typeof value === 'object');
}

function unknownKey(
  { document, schema, laterKeys, refusedKeys = {}, misplacedKeys = {} }: SchemaCheck<z.ZodType>,
  path: YamlPath,
  key: string,
): Problem {
  const place = `${path.at(-1) ?? ''}.${key}`;
  if (Object.hasOwn(misplacedKeys, place)) {
    const [message = '', hint] = (misplacedKeys[place] ?? '').split('\n');
    return document.problemAtKey([...path, key], { message, hint });
  }
  if (Object.hasOwn(refusedKeys, key))
    return document.problemAtKey([...path, key], { message: `'${key}' is refused`, hint: refusedKeys[key] });
  const report = laterKeys.includes(key)
    ? { message: `'${key}' is not supported yet by this version` }
    : {
        message: `unknown key '${key}'`,
        hint: unknownKeyHint({ schema, path, value: valueAt(document.value, path) }, key),
      };
  return document.problemAtKey([...path, key], report);
}

/** The alternative that got furthest into the data says best what is wrong with it. */
function unionProblems(check: SchemaCheck<z.ZodType>, alternatives: Issue[][], path: YamlPath): Problem[] {
  const isTypeMismatch = (issue: Issue) => issue.code === 'invalid_type' && issue.path.length === 0;
  const meant =
    alternatives.find((issues) => issues.every((issue) => issue.path.length > 0)) ??
    alternatives.find((issues) => !issues.some(isTypeMismatch));
  if (meant !== undefined) return causesOf(meant).flatMap((issue) => issueProblems(check, issue, path));
  const expected = alternatives.flat().filter(isTypeMismatch).map(expectedKind);
  const { document, schema } = check;
  const value = valueAt(document.value, path);
  return [document.problemAt(path, unionReport({ document, schema, path, value }, expected))];
}

function wording({ document, schema }: SchemaCheck<z.ZodType>, issue: Issue, path: YamlPath) {
  const value = valueAt(document.value, path);
  if (value === undefined) return { message: `'${String(path.at(-1))}' is missing` };
  if (issue.message !== '') {
    const [message = '', hint] = issue.message.replaceAll(ownKey, subjectOf(path)).split('\n');
    return { message, hint };
  }
  if (issue.code === 'too_big' || issue.code === 'too_small') return boundsReport(issue, path);
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map(String);
    return {
      message: `expected one of: ${allowed.join(', ')}`,
      hint: suggestNear(typeof value === 'string' ? value : '', allowed),
    };
  }
  return typeReport({ document, schema, path, value }, expectedKind(issue));
}

function offsetOf(issue: Issue): { offset?: number } {
  const offset: unknown = issue.code === 'custom' ? issue.params?.offset : undefined;
  return typeof offset === 'number' ? { offset } : {};
}

function valueAt(value: unknown, path: YamlPath): unknown {
  return path.reduce<unknown>(memberOf, value);
}
