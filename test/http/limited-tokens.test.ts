import type { EventSourceMessage } from 'eventsource-parser';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { CatalogueEntry } from '../../src/config/pipeline-catalogue.ts';
import { insertDecisions } from '../../src/store/changes.ts';
import { type Channel, encodeRunNotice } from '../../src/store/channels.ts';
import { storeEvent } from '../../src/store/events.ts';
import { createToken, type NewToken } from '../../src/store/tokens.ts';
import { pipelineOf } from '../runs/engine-under-test.ts';
import { waitFor } from '../support/wait-for.ts';
import { listedRoutes } from './listed-routes.ts';
import { listen, readStream } from './read-stream.ts';
import { startHttp, storeDeployment, storeExplainedEvent, storeRun } from './start-http.ts';

const entries = [
  ['cart', 'shop'],
  ['post', 'shop'],
  ['hidden-mail', 'web'],
] as const;

/** A stream that never ends; an image that anybody may see; the log-out of who is logged in. */
const openPaths = ['/api/v1/runs/events', '/badges/:image', '/api/v1/session'];

test.each([
  ['to a repository', { repositories: ['shop'], pipelines: null }],
  ['to a pipeline', { repositories: null, pipelines: ['cart'] }],
  ['to both', { repositories: ['shop'], pipelines: ['cart'] }],
])('a token that is limited %s is told nothing of what is outside, on any path', async (_what, limit) => {
  await using http = await startShop();
  const headers = await as(http, { scopes: ['run'], limit });
  const hidden = http.runs.hidden;

  const told: string[] = [];
  for (const { method, url: pattern } of listedRoutes(http.app)) {
    const url = pattern
      .replace('/runs/:id', `/runs/${hidden}`)
      .replace('/pipelines/:name', '/pipelines/hidden-mail')
      .replace('/events/:id', '/events/event-web')
      .replace('/environments/:name', '/environments/staging')
      .replace(/:[a-z]+/g, 'x');
    if (openPaths.includes(pattern)) continue;
    const answer = await http.app.inject({ method, url, headers });
    const { statusCode, body } = answer;
    const isDone = !['GET', 'HEAD'].includes(method) && statusCode < 300;
    // What was asked for is said again in an error, which names nothing else.
    const said = statusCode < 400 ? body : body.replace(/"(detail|instance)":"(\\.|[^"\\])*"/g, '');
    if (isDone || /hidden-mail|gitlab\.example/.test(said)) told.push(`${method} ${url} ${statusCode}`);
  }

  expect(told).toEqual([]);
});

test('within its limit a token sees and does what its scope says', async () => {
  await using http = await startShop();
  const headers = await as(http, { scopes: ['run'], limit: { repositories: ['shop'], pipelines: ['cart'] } });
  const get = async (url: string) => (await http.app.inject({ url, headers })).json();

  const [runs, pipelines, repositories, events, event, staging, who] = await Promise.all(
    [
      '/api/v1/runs',
      '/api/v1/pipelines',
      '/api/v1/repositories',
      '/api/v1/events',
      '/api/v1/events/event-1',
      '/api/v1/environments/staging',
      '/api/v1/session',
    ].map(get),
  );
  const log = await http.app.inject({ url: '/api/v1/runs/cart:1/log', headers });
  const cancelled = await http.app.inject({
    method: 'POST',
    url: '/api/v1/runs/cart:1/cancel',
    headers,
    payload: {},
  });
  const replayed = await http.app.inject({ method: 'POST', url: '/api/v1/events/event-1/replay', headers });

  expect(runs.items).toMatchObject([{ pipeline: 'cart' }]);
  expect(pipelines.items).toMatchObject([{ name: 'cart' }]);
  expect(repositories.items).toMatchObject([{ name: 'shop', pipelines: ['cart'] }]);
  expect(events.items).toMatchObject([{ id: 'event-1' }]);
  expect(event.changes[0].decisions).toMatchObject([{ pipeline: 'cart' }]);
  expect(staging.workloads).toMatchObject([{ deploying: { pipeline: 'cart' } }]);
  expect(who).toMatchObject({ repositories: ['shop'], pipelines: ['cart'] });
  expect([log.statusCode, cancelled.statusCode]).toEqual([200, 202]);
  expect([replayed.statusCode, replayed.json().code]).toEqual([403, 'token-limited']);
});

test('the live list of runs tells a limited token of its own alone, and the session of the page is as limited as its token', async () => {
  await using http = await startShop();
  const { url } = await listen(http);
  const token = await tokenOf(http, { limit: { repositories: null, pipelines: ['cart'] } });
  const begun = await http.app.inject({
    method: 'POST',
    url: '/api/v1/session',
    headers: { 'sec-fetch-site': 'same-origin' },
    payload: { token },
  });
  const cookie = begun.cookies.map(({ name, value }) => `${name}=${value}`).join();
  const seen: EventSourceMessage[] = [];
  const reading = readStream(`${url}/api/v1/runs/events`, { cookie }, { into: seen, cutAfter: 1 });

  await waitFor(
    async () => {
      await tellOf(http, [http.runs.hidden, http.runs.cart]);
      return seen.length > 0;
    },
    { what: 'the run of the cart' },
  );
  await reading;

  expect(seen.map(({ data }) => JSON.parse(data).pipeline)).toEqual(['cart']);
});

test('a limit that cannot be meant is refused with what to do', async () => {
  await using http = await startShop();
  const headers = await http.as('admin');
  const make = (payload: object) =>
    http.app.inject({ method: 'POST', url: '/api/v1/tokens', headers, payload });

  const admin = await make({ name: 'all', scopes: ['admin'], repositories: ['shop'] });
  const unknown = await make({ name: 'typo', scopes: ['run'], repositories: ['shpo'] });
  const made = await make({ name: 'team', scopes: ['run'], pipelines: ['cart'] });

  expect([admin.statusCode, admin.json().detail]).toEqual([
    422,
    'Cannot make a token that is limited so: the scope "admin" is about the whole server.',
  ]);
  expect([unknown.statusCode, unknown.json().hint]).toEqual([422, expect.stringContaining('shop')]);
  expect(made.json()).toMatchObject({ repositories: null, pipelines: ['cart'] });
});

type Shop = Awaited<ReturnType<typeof startShop>>;

/** Three pipelines in two repositories, each with a run; what the hidden one has deployed; an event of each repository. */
async function startShop() {
  const pipelines = new Map(entries.map(([name, repository]) => [name as string, entryOf(name, repository)]));
  const http = await startHttp({
    catalogue: {
      list: () => [...pipelines.values()],
      get: (name) => pipelines.get(name),
      problems: () => [problem],
      awaited: () => [],
      file: () => ({ source: 'name: hidden-mail', problems: [problem] }),
    },
  });
  const runs: Record<string, string> = {};
  for (const [pipeline, repository] of entries.toReversed()) {
    const { id } = await storeRun(http.db, { pipeline });
    await http.db.updateTable('run').set({ repository }).where('id', '=', id).execute();
    runs[pipeline] = id;
  }
  await storeDeployment(http.db, runs['hidden-mail'] ?? '');
  await http.db
    .updateTable('deployment')
    .set({ target: 'cluster/shop/deployment/hidden-mail' })
    .where('run_id', '=', runs['hidden-mail'] ?? '')
    .execute();
  await storeDeployment(http.db, runs.cart ?? '');
  await storeExplainedEvent(http.db);
  const decided = { change_id: 'change-1', verdict: 'skip', run_id: null } as const;
  await insertDecisions(http.db, [{ ...decided, filters: [], pipeline: 'hidden-mail' }]);
  await storeEvent(http.db, { ...webEvent, state: 'handled' });
  return { ...http, runs: { cart: runs.cart ?? '', hidden: runs['hidden-mail'] ?? '' } };
}

const problem = { file: 'hidden-mail.yaml', line: 1, column: 1, message: 'wrong', source: '' };

const webEvent = {
  id: 'event-web',
  source: 'git-hook',
  repository: 'web',
  deliveryKey: null,
  remote: '127.0.0.1',
  headers: {},
  body: { ref: 'hidden-mail' },
  revision: null,
} as const;

function entryOf(name: string, repository: string): CatalogueEntry {
  const pipeline = pipelineOf({ id: 'image', kind: 'build' });
  const source = { ...pipeline.source, repository };
  return {
    name,
    file: `/pipelines/${name}.yaml`,
    source: `name: ${name}`,
    pipeline: { ...pipeline, name, source },
  };
}

async function tokenOf({ db }: Shop, changes: Partial<NewToken>): Promise<string> {
  const { token } = await createToken(db, { name: 'team', scopes: ['read'], expiresAt: null, ...changes });
  return token;
}

async function as(http: Shop, changes: Partial<NewToken>) {
  return { authorization: `Bearer ${await tokenOf(http, changes)}` };
}

async function tellOf({ db }: Shop, runIds: string[]): Promise<void> {
  const channel: Channel = 'trunkline_run';
  for (const run of runIds)
    await sql`select pg_notify(${channel}, ${encodeRunNotice({ run, what: 'state' })})`.execute(db);
}
