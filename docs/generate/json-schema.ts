import { stringify } from 'yaml';
import type { z } from 'zod';

/** What `z.toJSONSchema` makes of our schemas. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** A schema's keys with values of their own kind each; empty when it has none. */
export function keysOf(schema: JsonSchema): [key: string, value: JsonSchema][] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) =>
    typeof value === 'object' ? [[key, value]] : [],
  );
}

/** What stands under names of the user's choice, or in a list: the schema of one such value. */
export function memberOf({ additionalProperties, items }: JsonSchema): JsonSchema | null {
  if (typeof items === 'object' && !Array.isArray(items)) return items;
  return typeof additionalProperties === 'object' ? additionalProperties : null;
}

/** A value on one line, as it stands in a YAML file. */
export function inlineYaml(value: unknown): string {
  const text = stringify(value, { collectionStyle: 'flow', lineWidth: 0, singleQuote: true });
  return text.trim().replaceAll(/\n\s*/g, ' ').replaceAll('[ ', '[').replaceAll(' ]', ']');
}

export function blockYaml(value: unknown): string {
  return `\`\`\`yaml\n${stringify(value, { lineWidth: 0, singleQuote: true })}\`\`\``;
}
