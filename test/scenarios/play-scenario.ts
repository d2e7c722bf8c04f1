import type { EventView } from '../../src/http/schemas/event.ts';
import type { Run } from '../../src/http/schemas/run.ts';
import type { Api } from '../support/api.ts';
import { waitFor } from '../support/wait-for.ts';
import type { CallEvent, RepositoryEvent, Scenario, ScenarioEvent } from './read-scenario.ts';

/** Where a scenario is played. */
export type Stage = {
  api: Api;
  /** Tokens by the name of who has them; without its name the admin's is used. */
  tokens: Record<string, string>;
  /** The pipelines whose runs count; calls are about the first. */
  pipelines: string[];
  /** Lets something happen in the repository. @returns null: nobody told the server */
  happen(event: RepositoryEvent): Promise<Told | null>;
  pollMs: number;
};

/** What came in at the server: the event, and which of its changes it is about. */
export type Told = { id: string; isOwn(change: EventView['changes'][number]): boolean };

export type Played = {
  /** Oldest first. */
  runs: Run[];
  verdicts: string[];
  /** Of the last run. */
  log: string;
};

const deadlineMs = 240_000;

/** Plays the events of a scenario one after the other, and returns when all its runs have ended. */
export async function playScenario({ events, expected }: Scenario, stage: Stage): Promise<Played> {
  const told: Told[] = [];
  for (const event of events) {
    if (isCall(event)) await call(stage, event);
    else told.push(...(await happen(stage, event)));
    await settle(stage, event);
  }
  const runs = await ended(stage, expected.runs.length);
  // Only now: a change that waits until its branch is quiet is decided later.
  const verdicts = await Promise.all(told.map((one) => verdictsOn(stage, one)));
  const last = runs.at(-1);
  const log = last === undefined ? '' : await stage.api.log(last.id);
  return { runs, verdicts: verdicts.flat(), log };
}

function isCall(event: ScenarioEvent): event is CallEvent {
  return 'request' in event || 'act' in event;
}

/** A call over the API, which is taken, or refused with the words that the scenario expects. */
async function call(stage: Stage, event: CallEvent): Promise<void> {
  const { api, tokens } = stage;
  const token = tokens[event.by];
  const answer = await api.fetch(await pathOf(stage, event), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify('request' in event ? { branch: event.request, parameters: event.parameters } : {}),
  });
  const text = await answer.text();
  const isAsExpected = event.refused === undefined ? answer.ok : !answer.ok && text.includes(event.refused);
  if (!isAsExpected) throw new Error(`${JSON.stringify(event)} was answered ${answer.status}: ${text}`);
}

async function pathOf(stage: Stage, event: CallEvent): Promise<string> {
  if ('request' in event) return `/api/v1/pipelines/${stage.pipelines[0]}/runs`;
  const runs = await runsOf(stage);
  const run = event.run === undefined ? runs.at(-1) : runs.find(({ number }) => number === event.run);
  if (run === undefined) throw new Error(`there is no run to ${event.act}`);
  return `/api/v1/runs/${run.id}/${event.act}`;
}

/** Lets something happen, and waits until the server has decided what comes of it. */
async function happen(stage: Stage, happening: RepositoryEvent): Promise<Told[]> {
  const told = await stage.happen(happening);
  if (told === null) return [];
  await waitFor(
    async () => {
      const { state, error, changes } = await stage.api.event(told.id);
      return state !== 'received' && (error !== null || changes.some(told.isOwn));
    },
    { what: `what comes of ${JSON.stringify(happening)}`, deadlineMs, everyMs: stage.pollMs },
  );
  return [told];
}

/** What each pipeline of the stage made of an event, with the filters that refused it. */
async function verdictsOn({ api, pipelines }: Stage, { id, isOwn }: Told): Promise<string[]> {
  const { state, error, changes } = await api.event(id);
  if (error !== null) return [`${state}: ${error}`];
  return changes
    .filter(isOwn)
    .flatMap(({ decisions }) => decisions)
    .filter(({ pipeline }) => pipelines.includes(pipeline))
    .map(({ verdict, filters }) =>
      [verdict, ...filters.flatMap(({ filter, passed }) => (passed ? [] : [filter]))].join(' '),
    );
}

async function settle(stage: Stage, { until, runs }: ScenarioEvent): Promise<void> {
  if (until === undefined) return void (await ended(stage, runs));
  await waitFor(
    async () => {
      const last = (await runsOf(stage)).at(-1);
      const states = last === undefined ? [] : (await stage.api.run(last.id)).steps;
      return Object.entries(until).every(([id, state]) =>
        states.some((step) => step.id === id && step.state === state),
      );
    },
    { what: `the last run to have the steps ${JSON.stringify(until)}`, deadlineMs, everyMs: stage.pollMs },
  );
}

/** Waits until there are so many runs, and all have ended. */
async function ended(stage: Stage, atLeast: number): Promise<Run[]> {
  const seen = await waitFor(
    async () => {
      const runs = await runsOf(stage);
      return runs.length >= atLeast && runs.every(({ state }) => state === 'ended') && runs;
    },
    { what: `${stage.pipelines}: the end of ${atLeast} or more runs`, deadlineMs, everyMs: stage.pollMs },
  );
  return Promise.all(seen.map(({ id }) => stage.api.run(id)));
}

async function runsOf({ api, pipelines }: Stage) {
  const runs = (await Promise.all(pipelines.map((pipeline) => api.runs(pipeline)))).flat();
  return runs.sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.number - b.number);
}
