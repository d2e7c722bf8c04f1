import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { generatedFiles } from '../../docs/generate/generated-files.ts';
import { type JsonSchema, keysOf, memberOf } from '../../docs/generate/json-schema.ts';
import { serverConfigJsonSchema } from '../../src/config/server-config-schema.ts';
import { pipelineJsonSchema } from '../../src/domain/pipeline-schema.ts';
import { root } from './markdown.ts';

const schemas = { pipeline: pipelineJsonSchema(), 'server config': serverConfigJsonSchema() };

test.each(Object.entries(generatedFiles()))(
  '%s is what the schema says (npm run docs)',
  async (path, text) => {
    expect(await readFile(join(root, path), 'utf8')).toBe(text);
  },
);

describe.each(Object.entries(schemas))('every key of the %s', (_name, schema) => {
  const keys = allKeys('', schema);

  test('is described', () => {
    expect(keys.filter(({ value }) => value.description === undefined).map(({ path }) => path)).toEqual([]);
  });

  test('accepts its own default and its own examples', () => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
    const refused = keys.flatMap(({ path, value }) => {
      const accepts = ajv.compile(value);
      const shown = [...(value.examples ?? []), ...(value.default === undefined ? [] : [value.default])];
      return shown.filter((one) => !accepts(one)).map((one) => `${path}: ${JSON.stringify(one)}`);
    });

    expect(refused).toEqual([]);
  });
});

function allKeys(path: string, schema: JsonSchema): { path: string; value: JsonSchema }[] {
  const member = memberOf(schema);
  return [
    ...keysOf(schema).flatMap(([key, value]) => [
      { path: `${path}.${key}`, value },
      ...allKeys(`${path}.${key}`, value),
    ]),
    ...(member === null ? [] : allKeys(`${path}[]`, member)),
  ];
}
