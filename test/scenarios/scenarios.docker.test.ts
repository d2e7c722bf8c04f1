import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PipelineProblem } from '../support/api.ts';
import { startPostgres } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { type Played, playScenario } from './play-scenario.ts';
import { readScenarios } from './read-scenario.ts';
import { openScenarioWorld } from './scenario-world.ts';

const scenarios = await readScenarios({ cluster: false });

test('there are at least forty scenarios', () => {
  expect(scenarios.length).toBeGreaterThanOrEqual(40);
});

// All are played at the same time, once: a repeated test would look at the same play.
describe.each(['postgresql', 'redis'])('with the queue in %s', { retry: 0 }, (queue) => {
  const opened = new AsyncDisposableStack();
  const plays = new Map<string, Promise<Played>>();
  let problems: PipelineProblem[] = [];

  beforeAll(async () => {
    const postgres = opened.use(await startPostgres());
    const environment: Record<string, string> = { DATABASE_URL: postgres.url };
    if (queue === 'redis') environment.REDIS_URL = opened.use(await startRedis()).url;
    const world = opened.use(await openScenarioWorld(scenarios, environment));
    ({ problems } = await world.trunkline.api.pipelines());
    for (const scenario of scenarios) {
      const play = playScenario(scenario, world.stageOf(scenario));
      play.catch(() => undefined);
      plays.set(scenario.name, play);
    }
  });

  afterAll(() => opened.disposeAsync());

  test.each(scenarios)('$name: $title', async ({ name, pipelines, expected }) => {
    const play = await plays.get(name);

    expect(play?.runs).toMatchObject(expected.runs.map(withPatterns));
    expect(play?.verdicts).toEqual(expected.verdicts);
    for (const text of expected.log) expect(play?.log).toContain(text);
    for (const text of expected['not-in-log']) expect(play?.log).not.toContain(text);
    const own = problems.filter(({ file }) => file.replace('.yaml', '') in pipelines);
    expect(own.map(({ message }) => message)).toEqual(expected.problems);
  });
});

/** A text between slashes is a regular expression. */
function withPatterns(expected: unknown): unknown {
  if (typeof expected === 'string') {
    const pattern = /^\/(.+)\/$/.exec(expected)?.[1];
    return pattern === undefined ? expected : expect.stringMatching(new RegExp(pattern));
  }
  if (Array.isArray(expected)) return expected.map(withPatterns);
  if (typeof expected !== 'object' || expected === null) return expected;
  return Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, withPatterns(value)]));
}
