import type { Outcome } from '../../src/domain/outcome.ts';
import type { EventView } from '../../src/http/schemas/event.ts';
import type { PipelineView } from '../../src/http/schemas/pipeline.ts';
import type { Run, RunSummary } from '../../src/http/schemas/run.ts';
import { waitFor } from './wait-for.ts';

/** The server's API, as a program uses it. Every call throws with the server's answer when that is no success. */
export type Api = {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: object, token?: string): Promise<T>;
  /** A call for its answer, whatever the status. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Asks for a run of the trunk's newest revision. */
  requestRun(pipeline?: string): Promise<RunSummary>;
  run(id: string): Promise<Run>;
  /** Oldest first. */
  runs(pipeline?: string): Promise<RunSummary[]>;
  waitForRun(id: string, condition: (run: Run) => boolean, wait: RunWait): Promise<Run>;
  waitForEnd(id: string, deadlineMs?: number): Promise<Run>;
  /** Waits for the end; throws with all there is to know when it is another one. */
  waitForOutcome(id: string, outcome: Outcome, deadlineMs?: number): Promise<Run>;
  waitForLog(id: string, text: string): Promise<void>;
  log(id: string): Promise<string>;
  cancel(id: string, rollout?: 'leave' | 'roll-back'): Promise<RunSummary>;
  event(id: string): Promise<EventView>;
  pipelines(): Promise<{ items: PipelineView[]; problems: PipelineProblem[] }>;
};

export type PipelineProblem = { file: string; line: number; column: number; message: string; hint?: string };
type RunWait = { what: string; deadlineMs?: number };

/** @param access is asked at each call: a restarted server has another address */
export function createApi(access: () => { url: string; token: string }): Api {
  const call = (path: string, init: RequestInit = {}) => {
    const { url, token } = access();
    const headers = { authorization: `Bearer ${token}`, ...init.headers };
    return fetch(`${url}${path}`, { signal: AbortSignal.timeout(60_000), ...init, headers });
  };
  const get = async <T>(path: string) => asJson<T>(await call(path), path);
  const post: Api['post'] = async (path, body = {}, token) => {
    const headers = {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    return asJson(await call(path, { method: 'POST', body: JSON.stringify(body), headers }), path);
  };
  const run = (id: string) => get<Run>(`/api/v1/runs/${id}`);
  const log = async (id: string) => (await call(`/api/v1/runs/${id}/log`)).text();
  const waitForRun: Api['waitForRun'] = (id, condition, { what, deadlineMs = 60_000 }) =>
    waitFor(
      async () => {
        const seen = await run(id);
        return condition(seen) && seen;
      },
      { what, deadlineMs, everyMs: 100 },
    ).catch(async (cause) => {
      const seen = await run(id).then(JSON.stringify, String);
      throw new Error(`${cause.message}; the run: ${seen}; its log: ${await log(id).catch(String)}`, {
        cause,
      });
    });
  const waitForEnd = (id: string, deadlineMs = 180_000) =>
    waitForRun(id, ({ state }) => state === 'ended', { what: 'the end of the run', deadlineMs });
  return {
    get,
    post,
    fetch: call,
    run,
    log,
    waitForRun,
    requestRun: (pipeline = 'cart') => post(`/api/v1/pipelines/${pipeline}/runs`, { branch: 'trunk' }),
    runs: async (pipeline = 'cart') =>
      (await get<{ items: RunSummary[] }>(`/api/v1/runs?pipeline=${pipeline}&limit=200`)).items.toReversed(),
    waitForEnd,
    async waitForOutcome(id, outcome, deadlineMs) {
      const seen = await waitForEnd(id, deadlineMs);
      if (seen.outcome === outcome) return seen;
      throw new Error(`run ${id} is not ${outcome}: ${JSON.stringify(seen)}; its log: ${await log(id)}`);
    },
    async waitForLog(id, text) {
      await waitFor(async () => (await log(id)).includes(text), { what: `"${text}" in the log` });
    },
    cancel: (id, rollout) => post(`/api/v1/runs/${id}/cancel`, rollout === undefined ? {} : { rollout }),
    event: (id) => get(`/api/v1/events/${id}`),
    pipelines: () => get('/api/v1/pipelines'),
  };
}

async function asJson<T>(response: Response, path: string): Promise<T> {
  if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${await response.text()}`);
  return response.json() as Promise<T>;
}

/** How each step of a run ended, by its id. */
export function stepOutcomes(run: Run): Record<string, Outcome | 'skipped' | null> {
  return Object.fromEntries(run.steps.map(({ id, outcome }) => [id, outcome]));
}
