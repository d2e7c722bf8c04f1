import { matrixVariable } from './matrix.ts';
import { memberOf } from './member.ts';
import { parameterVariable } from './parameters.ts';
import type { Problem } from './problem.ts';
import { isTemplateName, type TemplateName } from './template.ts';
import { keysOf, valueAt } from './template-places.ts';
import type { YamlDocument, YamlPath } from './yaml-document.ts';

/**
 * Commands are the shell's, which reads `${...}` by itself: what is written there as if it were a value of Trunkline would be
 * empty, or a mistake that only the run shows.
 */
export function commandTemplateProblems(document: YamlDocument): Problem[] {
  return keysOf(memberOf(document.value, 'steps')).flatMap((index) =>
    (['run', 'job'] as const).flatMap((kind) => stepProblems(document, ['steps', index, kind])),
  );
}

function stepProblems(document: YamlDocument, path: YamlPath): Problem[] {
  const written = valueAt(document, path);
  const commands = memberOf(written, 'commands');
  if (!Array.isArray(commands)) return [];
  const texts = commands.filter((command) => typeof command === 'string');
  const own = new Set([...keysOf(memberOf(written, 'env')), ...texts.flatMap(assignedIn)].map(String));
  return commands.flatMap((command: unknown, at) => {
    if (typeof command !== 'string') return [];
    const place = [...path, 'commands', at];
    return readByShell(command).flatMap((name) => {
      const hint = hintOn(name, { isJob: path.at(-1) === 'job', isOwn: own.has(name) });
      const message = `\${${name}} in a command is read by the shell, not by Trunkline`;
      return hint === null ? [] : [document.problemAt(place, { message, hint })];
    });
  });
}

/** What a script gives a value to. */
function assignedIn(command: string): string[] {
  return [
    ...command.matchAll(/(?<![\w$-])([A-Za-z_]\w*)=/g),
    ...command.matchAll(/\b(?:for|read(?:\s+-\w+)*)\s+([A-Za-z_]\w*)/g),
  ].map(([, name = '']) => name);
}

/** The names in `${...}` that a shell would put a value for: none of those within single quotes, or in a file that is written there. */
function readByShell(command: string): string[] {
  if (command.includes('<<')) return [];
  return [...command.matchAll(/\\.|'[^']*'|"(?:\\.|[^"\\])*"|\$\{([^}]{0,160})\}/gs)].flatMap(
    ([text, name]) => {
      if (name !== undefined) return [name];
      if (!text.startsWith('"')) return [];
      return [...text.matchAll(/\\.|\$\{([^}]{0,160})\}/gs)].flatMap(([, inner]) => inner ?? []);
    },
  );
}

/** null: it is the shell's. */
function hintOn(name: string, { isJob, isOwn }: { isJob: boolean; isOwn: boolean }): string | null {
  const [, kind, rest = ''] = /^(parameters|matrix|steps|secrets)\.(.+)$/.exec(name) ?? [];
  if (kind === 'secrets') return `add secrets: { VARIABLE: ${rest} }, and write $VARIABLE`;
  if (kind === undefined && (!isTemplateName(name) || isOwn)) return null;
  const variable = isJob ? undefined : (variables[name] ?? ofTable[kind ?? '']?.(rest));
  const how =
    variable === undefined ? `add env: { VALUE: '\${${name}}' }, and write $VALUE` : `write $${variable}`;
  const mayBeOwn = /^\w+$/.test(name);
  return mayBeOwn ? `${how}; a variable of your own is $${name}` : how;
}

const ofTable: Readonly<Record<string, (name: string) => string>> = {
  parameters: parameterVariable,
  matrix: matrixVariable,
};

/** What a run step finds in its environment. */
const variables: Readonly<Record<string, string>> = {
  pipeline: 'TRUNKLINE_PIPELINE',
  run: 'TRUNKLINE_RUN',
  repository: 'TRUNKLINE_REPOSITORY',
  branch: 'TRUNKLINE_BRANCH',
  'branch-slug': 'TRUNKLINE_BRANCH_SLUG',
  revision: 'TRUNKLINE_REVISION',
  'last-changed-revision': 'TRUNKLINE_LAST_CHANGED_REVISION',
  author: 'TRUNKLINE_AUTHOR',
  trigger: 'TRUNKLINE_TRIGGER',
  paths: 'TRUNKLINE_PATHS',
  'merge-request': 'TRUNKLINE_MERGE_REQUEST',
  'source-branch': 'TRUNKLINE_SOURCE_BRANCH',
  'target-branch': 'TRUNKLINE_TARGET_BRANCH',
} satisfies Partial<Record<TemplateName, string>>;
