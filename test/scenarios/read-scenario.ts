import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { stepStates } from '../../src/domain/outcome.ts';

const files = z.record(z.string(), z.string().nullable());

/** What to wait for before the next event; without it: the end of all runs. */
const until = z.record(z.string().describe('A step of the last run'), z.enum(stepStates)).optional();
const runs = z
  .int()
  .default(0)
  .describe('How many runs there are to be by then, those that follow others among them');
const refused = z.string().optional().describe('What the answer to a call says that is no success');
const by = z.string().default('admin').describe('Whose token makes the call');

const commit = z.strictObject({
  commit: files,
  properties: z.record(z.string(), z.record(z.string(), z.string())).default({}).describe('svn: by path'),
  branch: z.string().default('main').describe('git'),
  message: z.string().default('change'),
  author: z.string().default('alice'),
  announce: z.boolean().default(true).describe('Whether the server is told'),
  until,
  runs,
});
const copy = z.strictObject({ copy: z.strictObject({ from: z.string(), to: z.string() }), until, runs });
const remove = z.strictObject({ delete: z.string(), until, runs });
const mergeRequest = z.strictObject({
  'merge-request': z.strictObject({
    number: z.int(),
    from: z.string(),
    to: z.string(),
    action: z.string().default('open'),
    fork: z.boolean().default(false),
  }),
  until,
  runs,
});
const request = z.strictObject({
  request: z.string().describe('A branch'),
  parameters: z.record(z.string(), z.json()).optional(),
  by,
  refused,
  until,
  runs,
});
const act = z.strictObject({
  act: z
    .string()
    .regex(/^(cancel|retry|rerun|steps\/[a-z-]+\/(approve|reject))$/)
    .describe('On a run'),
  run: z.int().optional().describe('Its number; without it: the last one'),
  by,
  refused,
  until,
  runs,
});

const scenarioSchema = z.strictObject({
  title: z.string(),
  cluster: z.boolean().default(false).describe('Needs Kubernetes'),
  repository: z.enum(['svn', 'git']).default('svn'),
  before: files.default({}),
  events: z.array(z.union([commit, copy, remove, mergeRequest, request, act])),
  expected: z.strictObject({
    runs: z.array(z.looseObject({})).default([]),
    verdicts: z.array(z.string()).default([]),
    problems: z.array(z.string()).default([]),
    log: z.array(z.string()).default([]),
    'not-in-log': z.array(z.string()).default([]),
    answers: z.record(z.string(), z.string()).default({}),
  }),
});

export type Scenario = z.output<typeof scenarioSchema> & {
  name: string;
  /** Pipeline files by name, without `.yaml`. */
  pipelines: Record<string, string>;
};
export type ScenarioEvent = Scenario['events'][number];
/** What happens in a repository. */
export type RepositoryEvent = z.output<typeof commit | typeof copy | typeof remove | typeof mergeRequest>;
export type CommitEvent = z.output<typeof commit>;
/** What somebody asks of the server. */
export type CallEvent = z.output<typeof request | typeof act>;

/** The scenarios beside this file that need a cluster, or those that do not; by name. */
export async function readScenarios({ cluster }: { cluster: boolean }): Promise<Scenario[]> {
  const entries = await readdir(import.meta.dirname, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const scenarios = await Promise.all(names.sort().map(readScenario));
  return scenarios.filter((scenario) => scenario.cluster === cluster);
}

async function readScenario(name: string): Promise<Scenario> {
  const folder = join(import.meta.dirname, name);
  const read = (file: string) => readFile(join(folder, file), 'utf8');
  const scenario = scenarioSchema.safeParse(parse(await read('scenario.yaml')));
  if (!scenario.success) throw new Error(`scenario ${name}: ${z.prettifyError(scenario.error)}`);
  const pipelineFiles = (await readdir(folder)).filter((file) => file.startsWith('pipeline'));
  const pipelines = await Promise.all(
    pipelineFiles.sort().map(async (file) => {
      const suffix = basename(file, '.yaml').slice('pipeline'.length);
      return [`${name}${suffix}`, await read(file)] as const;
    }),
  );
  return { ...scenario.data, name, pipelines: Object.fromEntries(pipelines) };
}
