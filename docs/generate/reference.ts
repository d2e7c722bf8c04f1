import { blockYaml, inlineYaml, type JsonSchema, keysOf, memberOf } from './json-schema.ts';
import { kinds } from './kinds.ts';
import { type TypeLinks, typeText } from './type-text.ts';

/**
 * The reference of a file: a table for each object in its schema, with an anchor for each key (`on.commit.branches`), and
 * the kinds of values that these name. Objects that say the same (`retry` of each step) are told once.
 */
export function renderReference(schema: JsonSchema): string {
  const sections = collectSections(schema);
  const named = new Set<string>();
  const links: TypeLinks = {
    kind: (title) => {
      if (!(title in kinds)) throw new Error(`docs/generate/kinds.ts does not explain '${title}'`);
      named.add(title);
      return `[${title}](#${kindAnchor(title)})`;
    },
    section: (target) => {
      const { path } = sections.find((section) => fingerprint(section.schema) === fingerprint(target)) ?? {};
      return `[keys](#${path})`;
    },
  };
  const tables = sections.map((section) => renderSection(section, links));
  const explained = Object.entries(kinds).filter(([title]) => named.has(title));
  const list = explained.map(([title, text]) => `- <a id="${kindAnchor(title)}"></a>**${title}**: ${text}`);
  return `## Keys\n\n${tables.join('\n\n')}\n\n## Kinds of values\n\n${list.join('\n')}\n`;
}

interface Section {
  /** `on.commit`; names and list positions are left out or in capitals: `steps.build`, `repositories.NAME`. */
  path: string;
  schema: JsonSchema;
}

function collectSections(root: JsonSchema): Section[] {
  const told = new Set<string>();
  const collect = (path: string, schema: JsonSchema): Section[] => {
    if (told.has(fingerprint(schema))) return [];
    if (keysOf(schema).length > 0) told.add(fingerprint(schema));
    const others = choicesOf(schema).flatMap((one) =>
      collect(path, { ...one, description: schema.description ?? '' }),
    );
    const inner = keysOf(schema).flatMap(([key, value]) => collect(joined(path, key), value));
    const member = memberOf(schema);
    const memberPath = schema.type === 'array' ? path : joined(path, 'NAME');
    return [
      ...(keysOf(schema).length > 0 ? [{ path, schema }] : []),
      ...others,
      ...inner,
      ...(member === null ? [] : collect(memberPath, member)),
    ];
  };
  return collect('', root);
}

/** The kinds of values to choose from; those of a kind with a name are explained with that. */
function choicesOf({ title, anyOf = [] }: JsonSchema): JsonSchema[] {
  return title === undefined ? anyOf : [];
}

function hasSection(schema: JsonSchema): boolean {
  return keysOf(schema).length > 0 || choicesOf(schema).some((one) => keysOf(one).length > 0);
}

function renderSection({ path, schema }: Section, links: TypeLinks): string {
  const title = path === '' ? 'The file' : `<a id="${path}"></a>${path}`;
  const rows = keysOf(schema).map(([key, value]) => {
    const needed = schema.required?.includes(key) ? '**needed**' : defaultText(value);
    const anchor = hasSection(value) ? '' : `<a id="${joined(path, key)}"></a>`;
    return `| ${anchor}\`${key}\` | ${typeText(value, links)} | ${needed} | ${meaning(value)} |`;
  });
  const key = path.split('.').findLast((part) => part !== 'NAME') ?? '';
  const examples = (path === '' ? [] : (schema.examples ?? [])).map((example) =>
    blockYaml({ [key]: example }),
  );
  return [
    `### ${title}`,
    ...(schema.description === undefined || path === '' ? [] : [schema.description]),
    ['| key | value | default | meaning |', '|---|---|---|---|', ...rows.map(escapedPipes)].join('\n'),
    ...examples,
  ].join('\n\n');
}

function meaning(schema: JsonSchema): string {
  const description = schema.description ?? '';
  const isObject = hasSection(schema);
  const examples = isObject ? [] : (schema.examples ?? []).map((example) => `\`${inlineYaml(example)}\``);
  return [description, ...(examples.length === 0 ? [] : [`Example: ${examples.join(', ')}`])]
    .join(' ')
    .trim();
}

function defaultText(schema: JsonSchema): string {
  if (schema.default === undefined || (keysOf(schema).length > 0 && inlineYaml(schema.default) === '{}'))
    return '';
  return schema.default === '' ? 'empty' : `\`${inlineYaml(schema.default)}\``;
}

/** Two objects with one fingerprint differ in nothing that their own section would tell. */
function fingerprint(schema: JsonSchema): string {
  return JSON.stringify(schema.properties);
}

/** A row's own three bars stand between spaces; those in code do not. */
function escapedPipes(row: string): string {
  return row.replaceAll(/(?<! )\|(?=\S)/g, '\\|');
}

function joined(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function kindAnchor(title: string): string {
  return `kind-${title.replaceAll(' ', '-')}`;
}
