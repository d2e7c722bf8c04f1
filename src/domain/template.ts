/** The names that `${...}` may read; a fixed set, never code. */
export const templateNames = [
  'pipeline',
  'run',
  'repository',
  'branch',
  'branch-slug',
  'renamed-from',
  'revision',
  'short-revision',
  'last-changed-revision',
  'author',
  'trigger',
  'paths',
  'merge-request',
  'source-branch',
  'target-branch',
] as const;
export type TemplateName = (typeof templateNames)[number];
/** What `runValues` makes of a run. */
export type TemplateValues = Readonly<Record<TemplateName, string>> & {
  /** By name; `${parameters.NAME}` reads one. */
  readonly parameters: Readonly<Record<string, string>>;
  /** By step and name; `${steps.ID.outputs.NAME}` reads one. Absent before any step has run. */
  readonly outputs?: ReadonlyMap<string, ReadonlyMap<string, string>>;
};

/** An output of a step that a template reads. */
export interface OutputReference {
  stepId: string;
  name: string;
}

/** A part of a template that cannot be read; `offset` counts characters from the template's start. */
export interface TemplateMistake {
  offset: number;
  /** The text between the braces; null when the closing brace is missing. */
  name: string | null;
}

/**
 * Replaces every `${name}` by its value, once: values are not read again. `$${` stands for a literal `${`.
 * The template must have been checked with `templateMistakes` when its file was read.
 * @throws Error when it was not
 */
export function expandTemplate(template: string, values: TemplateValues): string {
  return template.replaceAll(placeholder, (text, name: string | undefined) => {
    if (text === '$${') return '${';
    const value = isTemplateName(name) ? values[name] : furtherValue(name, values);
    if (value === undefined) throw new Error(`unchecked template: unknown value '${text}'`);
    return value;
  });
}

/** The names of the parameters that a template reads. */
export function parametersIn(template: string): string[] {
  return [...template.matchAll(placeholder)].flatMap(([text, name]) => {
    const parameter = text === '$${' ? null : parameterOf(name);
    return parameter === null ? [] : [parameter];
  });
}

/** The outputs of steps that a template reads. */
export function outputsIn(template: string): OutputReference[] {
  return [...template.matchAll(placeholder)].flatMap(([text, name]) => {
    const reference = text === '$${' ? null : outputOf(name);
    return reference === null ? [] : [reference];
  });
}

/** What is wrong with a template, in order; empty when it can be expanded, if the parameters exist that it reads. */
export function templateMistakes(
  template: string,
  allowed: readonly TemplateName[] = templateNames,
): TemplateMistake[] {
  const mistakes: TemplateMistake[] = [];
  for (const match of template.matchAll(placeholder)) {
    const name = match[1];
    const isKnown =
      (isTemplateName(name) && allowed.includes(name)) ||
      parameterOf(name) !== null ||
      outputOf(name) !== null ||
      isMatrixName(name);
    if (match[0] === '$${' || isKnown) continue;
    mistakes.push({ offset: match.index, name: name ?? null });
  }
  return mistakes;
}

/**
 * `$${`, or `${name}`, or a `${` that is never closed (then without a name). No name is longer: without that limit a file
 * full of them would be searched to its end for each.
 */
const placeholder = /\$\$\{|\$\{(?:([^}]{0,160})\})?/g;

function parameterOf(name: string | undefined): string | null {
  return /^parameters\.(?<parameter>[A-Za-z0-9_-]+)$/.exec(name ?? '')?.groups?.parameter ?? null;
}

function outputOf(name: string | undefined): OutputReference | null {
  const parts = outputPattern.exec(name ?? '')?.groups;
  return parts === undefined ? null : { stepId: parts.stepId ?? '', name: parts.name ?? '' };
}

const outputPattern = /^steps\.(?<stepId>[a-z0-9-]{1,63})\.outputs\.(?<name>[A-Za-z_][A-Za-z0-9_]{0,63})$/;

function furtherValue(name: string | undefined, values: TemplateValues): string | undefined {
  const output = outputOf(name);
  if (output !== null) return values.outputs?.get(output.stepId)?.get(output.name);
  return values.parameters[parameterOf(name) ?? ''];
}

/** Filled in when the file is read. */
function isMatrixName(name: string | undefined): boolean {
  return /^matrix\.[A-Za-z0-9_-]+$/.test(name ?? '');
}

export function isTemplateName(name: string | undefined): name is TemplateName {
  return templateNames.some((known) => known === name);
}
