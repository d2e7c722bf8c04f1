import { z } from 'zod';
import { durationPattern, meantDuration, parseDurationMs } from './duration.ts';
import { foreignTemplateHint } from './foreign-template.ts';
import { imageReferenceHint, imageTagPattern, parseImageReference } from './image-reference.ts';
import { isNoMemory, meantMemorySize, memorySizePattern, parseMemoryBytes } from './memory-size.ts';
import { messagePatternMistake } from './message-filter.ts';
import { nameMistake, namePattern, nameRule } from './names.ts';
import { patternMistake } from './path-filter.ts';
import { sparsePlace } from './sparse-place.ts';
import { suggest } from './suggestion.ts';
import {
  expandTemplate,
  outputsIn,
  parametersIn,
  type TemplateName,
  templateMistakes,
  templateNames,
} from './template.ts';
import { normalTreePath, treePathMistake } from './tree-path.ts';

/** A text that a function judges: it returns what is wrong, with an optional hint after a line break, or null. */
export function checkedText(mistakeOf: (text: string) => string | null): z.ZodString {
  return z.string().superRefine((text, context) => {
    const message = mistakeOf(text);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });
}

/** The `title` of a schema names the kind of its values: editors show it, and the reference explains it. */
export const name = z
  .string()
  .regex(namePattern, { error: ({ input }) => nameMistake(String(input)) })
  .meta({ title: 'name' });
/** Of a step of the same file: that there is one is checked too, which says best what to write. */
export const stepName = z.string().regex(namePattern, nameRule).meta({ title: 'name' });
export const treePath = checkedText(treePathMistake).meta({ title: 'path' });
function placeMistake(path: string): string | null {
  if (normalTreePath(path) === '') return 'this is the whole tree\nleave it out to have all of it';
  const isPattern = /[*?[\]{}()!]/.test(path);
  return isPattern ? 'this is a pattern\nname folders and files, each of which is there as a whole' : null;
}

/** A folder or file as such: other places take patterns. */
export const placeInTree = checkedText((path) => treePathMistake(path) ?? placeMistake(path)).meta({
  title: 'path',
});
/** The same, or the files right in a folder: `libs/*`. */
export const sparsePlaceInTree = checkedText((path) => {
  const { path: place, isFilesOnly } = sparsePlace(path);
  return treePathMistake(path) ?? (isFilesOnly && place === '' ? null : placeMistake(place));
}).meta({ title: 'path' });
export const pattern = checkedText(patternMistake).meta({ title: 'pattern' });
/** Of a worker. */
export const label = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._=-]{0,62}$/,
    'a label has 1 to 63 lower-case letters, digits, dots, dashes, underscores and equals signs',
  );
export const variableName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    'a variable name has letters, digits and underscores, and does not begin with a digit',
  );

/** An image reference, in which a matrix may have a part. */
export const imageOrMatrix = checkedText((text) =>
  parseImageReference(withoutMatrix(text)) === null ? noImage(text) : null,
);

function noImage(text: string): string {
  const message = `'${text}' is no image reference`;
  const isTemplate = withoutMatrix(text).includes('${');
  const hint = isTemplate ? 'only ${matrix.NAME} can be read here' : imageReferenceHint(text);
  return hint === null ? message : `${message}\n${hint}`;
}

function withoutMatrix(text: string): string {
  return text.replaceAll(/\$\{matrix\.[^}]*\}/g, '1');
}

/** What makes, in upper case, the end of a variable's name. */
export const variableLikeName = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_-]{0,39}$/,
    'such a name has 1 to 40 letters, digits, dashes and underscores, and begins with a letter',
  );

/** A message whose hint depends on what is written, also where that is no text. */
function ruleWith(message: string, hintFor: (written: string) => string) {
  return { error: ({ input }: { input?: unknown }) => `${message}\n${hintFor(String(input))}` };
}

export function duration(range: { from: string; to: string }) {
  const rule = ruleWith('a duration is a whole number with a unit: ms, s, m, h or d', (written) => {
    const meant = meantDuration(written);
    return meant === null ? 'for example 30s or 10m' : `write ${meant}`;
  });
  const isInRange = (text: string) =>
    between(parseDurationMs(text), parseDurationMs(range.from), parseDurationMs(range.to));
  return z
    .string(rule)
    .regex(durationPattern, rule)
    .refine(
      (text) => parseDurationMs(text) === null || isInRange(text),
      `{key} lasts from ${range.from} to ${range.to}`,
    )
    .meta({ title: 'duration' });
}

/** `512Mi`, `2Gi`. */
export function memorySize() {
  const mistake = (written: string) => {
    if (isNoMemory(written)) return `${written} is nothing at all: a memory size is at least 6Mi`;
    const meant = meantMemorySize(written);
    const hint = meant === null ? 'for example 512Mi' : `write ${meant}`;
    return `a memory size is a whole number with Mi or Gi\n${hint}`;
  };
  const rule = { error: ({ input }: { input?: unknown }) => mistake(String(input)) };
  return z
    .string(rule)
    .regex(memorySizePattern, rule)
    .refine((text) => (parseMemoryBytes(text) ?? minMemoryBytes) >= minMemoryBytes, '{key} is at least 6Mi')
    .meta({ title: 'size' });
}

/** The least that Docker takes. */
const minMemoryBytes = 6 * 1024 ** 2;

function between(value: number | null, low: number | null, high: number | null): boolean {
  return value !== null && low !== null && high !== null && value >= low && value <= high;
}

/** A text with `${...}`, of which only the named values may be read. */
export function template(allowed: readonly TemplateName[] = templateNames) {
  const checked = z.string().superRefine((text, context) => {
    for (const { name: unknown, offset } of templateMistakes(text, allowed).slice(0, 10)) {
      const message = unknown === null ? "'${' without a closing '}'" : `\${${unknown}} cannot be read here`;
      const here = foreignTemplateHint(unknown ?? '') ?? suggest(unknown ?? '', allowed);
      const hint = `${here} ($\${ stands for a literal \${)`;
      context.addIssue({ code: 'custom', message: `${message}\n${hint}`, params: { offset } });
    }
  });
  return checked.meta({ title: 'template' });
}

/** Values that are valid within an image tag; `${branch}` is not: it holds slashes. */
const tagValues = [
  'pipeline',
  'run',
  'repository',
  'branch-slug',
  'revision',
  'short-revision',
  'last-changed-revision',
  'merge-request',
] as const;
function sampleOf(text: string): string {
  const values = Object.fromEntries(templateNames.map((known) => [known, '1'])) as Record<
    TemplateName,
    string
  >;
  const parameters = Object.fromEntries(parametersIn(text).map((known) => [known, '1']));
  const outputs = new Map<string, Map<string, string>>();
  for (const { stepId, name: known } of outputsIn(text))
    outputs.set(stepId, (outputs.get(stepId) ?? new Map<string, string>()).set(known, '1'));
  return expandTemplate(withoutMatrix(text), { ...values, parameters, outputs });
}

export const tag = template(tagValues).refine(
  (text) => templateMistakes(text).length > 0 || imageTagPattern.test(sampleOf(text)),
  'a tag has letters, digits, dots, dashes and underscores',
);

/** A list for `pathFilter`. */
export function includingPatterns() {
  return includingList(pattern, '**').min(1, 'an empty list matches nothing');
}

/** The same, where none is as good as no list. */
export function includingPatternsOrNone() {
  return includingList(pattern, '**');
}

/** A list for `messageMatches`. */
export function includingExpressions() {
  const expression = checkedText(messagePatternMistake).meta({ title: 'expression' });
  return includingList(expression, '.*').min(1, 'an empty list matches nothing');
}

function includingList(one: z.ZodString, all: string) {
  const onlyExcludes = `a list that only excludes matches nothing\nbegin it with '${all}'`;
  return z
    .array(one)
    .refine((list) => list.length === 0 || list.some((text) => !text.startsWith('!')), onlyExcludes);
}
