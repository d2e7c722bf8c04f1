import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import type { CatalogueEntry, PipelineCatalogue } from '../src/config/pipeline-catalogue.ts';
import { listen } from '../test/http/read-stream.ts';
import { startHttp } from '../test/http/start-http.ts';
import { pipelineOf } from '../test/runs/engine-under-test.ts';
import { type BenchReport, type Figure, figureOf, machine } from './figures.ts';
import { fillLargeDatabase, size } from './large-database.ts';

/** Who ask at the same time. */
const clients = 4;
/** No token may search more logs at once. */
const searchers = 2;
const warmUp = 10;

/** How long answers take where there are 100,000 runs and 11 million lines of log. */
export async function benchApi(n = 300): Promise<BenchReport> {
  const pipeline = pipelineOf({ id: 'image', kind: 'build' }, { id: 'push', kind: 'push' }, 'live');
  await using http = await startHttp({ catalogue: catalogueOf(pipeline) });
  const { large, middle } = await fillLargeDatabase(http, pipeline);
  const { url, headers } = await listen(http);
  await using floor = await openFloor(http.databaseUrl, middle);
  const ask = async (path: string) => {
    const answer = await fetch(`${url}/api/v1${path}`, { headers });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return text;
  };
  const { next } = JSON.parse(await ask('/runs?limit=200')) as { next: string };
  const paths = [
    ['the newest runs', '/runs'],
    ['the next page of runs', `/runs?cursor=${next}`],
    ['runs of one pipeline', '/runs?pipeline=service-42'],
    ['runs of one pipeline that errored', '/runs?pipeline=service-1&status=errored'],
    ['runs that were cancelled: there are none', '/runs?status=cancelled'],
    ['runs that work', '/runs?status=running'],
    ['runs of a branch that there is not', '/runs?branch=branches/none'],
    ['one run', `/runs/${middle}`],
    ['the latest run of a pipeline', '/runs/service-42:latest'],
    ['the log of a run', `/runs/${middle}/log`],
    ['a search in the log of a run', `/runs/${middle}/log/search?text=step%2042`],
    ['the pipelines', '/pipelines'],
    ['the environments', '/environments'],
    ['one environment', '/environments/production'],
    ['the events', '/events'],
    ['one event', '/events/event-50000'],
  ] as const;
  const figures: Figure[] = [];
  for (const [figure, path] of paths) {
    const atOnce = path.includes('/search') ? searchers : clients;
    const pairs = await measure({ n, atOnce, ours: () => ask(path), floor: floor.ask });
    figures.push(...figureOf({ figure, unit: 'ms', goals: [{ of: 'ours.p99', atMost: 50 }] }, pairs));
  }
  const figure = `a search through the ${size.linesOfLargeLog} lines of one log`;
  const searched = await measure({
    n: Math.ceil(n / 100),
    atOnce: 1,
    ours: () => ask(`/runs/${large}/log/search?text=not+there`),
    floor: () => ask(`/runs/${large}/log`),
  });
  figures.push(...figureOf({ figure, unit: 'ms', goals: [{ of: 'ours.p99', atMost: 5_000 }] }, searched));
  return { name: 'api', machine: machine(), n, figures };
}

interface Wish {
  n: number;
  atOnce: number;
  ours(): Promise<unknown>;
  floor(): Promise<unknown>;
}

async function measure({ n, atOnce, ours, floor }: Wish): Promise<{ ours: number; floor: number }[]> {
  const pairs: { ours: number; floor: number }[] = [];
  const few = n < atOnce * warmUp;
  await Promise.all(
    Array.from({ length: few ? 1 : atOnce }, async () => {
      for (let index = few ? 0 : -warmUp; pairs.length < n; index += 1) {
        const pair = { ours: await timeOf(ours), floor: await timeOf(floor) };
        if (index >= 0) pairs.push(pair);
      }
    }),
  );
  return pairs;
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** The least that can answer from the same database: a bare HTTP server that reads one row by its key. */
async function openFloor(databaseUrl: string, runId: string) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 8 });
  const server = createServer(async (_request, response) => {
    const { rows } = await pool.query('select * from trunkline.run where id = $1', [runId]);
    response.setHeader('content-type', 'application/json').end(JSON.stringify(rows));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ask: async () => (await fetch(url)).text(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await pool.end();
    },
  };
}

function catalogueOf(pipeline: CatalogueEntry['pipeline']): PipelineCatalogue {
  const entries = Array.from({ length: size.pipelines }, (_, index): CatalogueEntry => {
    const name = `service-${index}`;
    return { name, file: `/pipelines/${name}.yaml`, source: `name: ${name}`, pipeline };
  });
  return {
    list: () => entries,
    get: (name) => entries.find((entry) => entry.name === name),
    problems: () => [],
    awaited: () => [],
    file: () => undefined,
  };
}
