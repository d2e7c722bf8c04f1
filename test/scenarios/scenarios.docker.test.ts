import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { playScenario } from './play-scenario.ts';
import { readScenarios, type Scenario } from './read-scenario.ts';
import { openScenarioWorld } from './scenario-world.ts';
import { withPatterns } from './with-patterns.ts';

const scenarios = await readScenarios({ cluster: false });

test('there are at least forty scenarios', () => {
  expect(scenarios.length).toBeGreaterThanOrEqual(40);
});

/** With all of them a busy machine would be so late that deadlines pass; most of the time they wait. */
const atOnce = 20;

describe.each(['postgresql', 'redis'])('with the queue in %s', (queue) => {
  const opened = new AsyncDisposableStack();
  /** Many at the same time, on one server. */
  const plays = new Map<string, Promise<Played>>();

  beforeAll(async () => {
    const world = opened.use(await openWorld(queue, scenarios));
    const lanes = Array.from({ length: atOnce }, async () => {});
    for (const [index, scenario] of scenarios.entries()) {
      const play = lanes[index % atOnce]?.then(() => world.play(scenario)) ?? world.play(scenario);
      lanes[index % atOnce] = play.then(
        () => {},
        () => {},
      );
      plays.set(scenario.name, play);
    }
  });

  afterAll(() => opened.disposeAsync());

  test.each(scenarios)('$name: $title', async (scenario) => {
    const play = plays.get(scenario.name);
    // A test that is tried again would look at the same play: it gets one of its own.
    plays.delete(scenario.name);
    const { runs, verdicts, log, problems } = await (play ?? playAlone(queue, scenario));

    const { expected } = scenario;
    expect(runs).toMatchObject(expected.runs.map(withPatterns));
    expect(verdicts).toEqual(expected.verdicts);
    for (const text of expected.log) expect(log).toContain(text);
    for (const text of expected['not-in-log']) expect(log).not.toContain(text);
    expect(problems).toEqual(expected.problems);
  });
});

type Played = Awaited<ReturnType<typeof playScenario>> & {
  /** What the server says of the scenario's files. */
  problems: string[];
};

/** A server with this queue that knows these scenarios. */
async function openWorld(queue: string, played: Scenario[]) {
  await using opening = new AsyncDisposableStack();
  const postgres = opening.use(await startPostgres());
  const environment: Record<string, string> = { DATABASE_URL: postgres.url };
  if (queue === 'redis') environment.REDIS_URL = opening.use(await startRedis()).url;
  const world = opening.use(await openScenarioWorld(played, environment));
  const { problems } = await world.trunkline.api.pipelines();
  const owned = opening.move();
  return {
    async play(scenario: Scenario): Promise<Played> {
      const own = problems.filter(({ file }) => file.replace('.yaml', '') in scenario.pipelines);
      const play = await playScenario(scenario, world.stageOf(scenario));
      return { ...play, problems: own.map(({ message }) => message) };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function playAlone(queue: string, scenario: Scenario): Promise<Played> {
  await using world = await openWorld(queue, [scenario]);
  return await world.play(scenario);
}
