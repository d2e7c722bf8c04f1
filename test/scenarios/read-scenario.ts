import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const files = z.record(z.string(), z.string().nullable());

const scenarioSchema = z.strictObject({
  title: z.string(),
  before: files,
  events: z.array(
    z.union([
      z.strictObject({ commit: files }),
      z.strictObject({ request: z.string().describe('A branch') }),
    ]),
  ),
  expected: z.strictObject({
    runs: z.array(z.looseObject({})),
    verdicts: z.array(z.enum(['run', 'skip'])).default([]),
    log: z.array(z.string()).default([]),
    answers: z.record(z.string(), z.string()).default({}),
  }),
});

export type Scenario = z.output<typeof scenarioSchema> & { name: string; pipeline: string };

/** The scenarios beside this file, by name. */
export async function readScenarios(): Promise<Scenario[]> {
  const entries = await readdir(import.meta.dirname, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return Promise.all(
    names.sort().map(async (name) => {
      const read = (file: string) => readFile(join(import.meta.dirname, name, file), 'utf8');
      const scenario = scenarioSchema.parse(parse(await read('scenario.yaml')));
      return { ...scenario, name, pipeline: await read('pipeline.yaml') };
    }),
  );
}
