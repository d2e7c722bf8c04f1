import { type JsonSchema, keysOf, memberOf } from './json-schema.ts';

/** The kind of a value in words. `kind` makes a link of a kind's name, `section` one to the keys of an object. */
export interface TypeLinks {
  kind(title: string): string;
  section(schema: JsonSchema): string;
}

export function typeText(schema: JsonSchema, links: TypeLinks): string {
  if (schema.title !== undefined) return links.kind(schema.title);
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(' or ');
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.anyOf !== undefined) return alternatives(schema.anyOf, links);
  if (keysOf(schema).length > 0) return links.section(schema);
  const member = memberOf(schema);
  if (member !== null)
    return schema.type === 'array'
      ? `list: ${typeText(member, links)}`
      : `names, each: ${typeText(member, links)}`;
  return scalarText(schema);
}

function alternatives(schemas: readonly JsonSchema[], links: TypeLinks): string {
  return schemas.map((schema) => (schema.type === 'null' ? 'empty' : typeText(schema, links))).join(' or ');
}

function scalarText({ type, minimum, maximum }: JsonSchema): string {
  const words: Readonly<Record<string, string>> = {
    string: 'text',
    integer: 'whole number',
    boolean: '`true` or `false`',
  };
  const word = [type].flat().map((one) => words[String(one)] ?? String(one));
  return [word.join(' or '), ...limit('from', minimum), ...limit('to', maximum)].join(' ');
}

/** Limits that only say what a number can hold are none. */
function limit(word: string, value: number | undefined): string[] {
  return value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? [] : [`${word} ${value}`];
}
