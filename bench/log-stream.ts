import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as between } from 'node:timers/promises';
import { openLogWriter } from '../src/logs/log-writer.ts';
import { SecretMatcher } from '../src/logs/secret-matcher.ts';
import { acquireLease } from '../src/store/leases.ts';
import { listen } from '../test/http/read-stream.ts';
import { endRun } from '../test/http/run-log-writer.ts';
import { type HttpFixture, startHttp, storeRun } from '../test/http/start-http.ts';
import { temporaryFolder } from '../test/support/temporary-folder.ts';
import { type BenchReport, figureOf, machine } from './figures.ts';

const readers = 200;
const lines = 250;
const betweenMs = 20;
const wholeBytes = 64 * 2 ** 20;
const warmUp = 1;

type Pair = { ours: number; floor: number };

/** From a line's way into the log until 200 readers have it; and how fast one reader gets a whole log. */
export async function benchLogStream(n = 5): Promise<BenchReport> {
  await using http = await startHttp();
  const { url, headers } = await listen(http);
  await using bare = await startBare();
  const slowest: Pair[] = [];
  const usual: Pair[] = [];
  for (let round = -warmUp; round < n; round += 1) {
    const ours = await delaysOfRun(http, { url, authorization: headers.authorization, number: 10 + round });
    const floor = await delaysOf(`${bare.url}/live`, '', bare.writeLines);
    if (round < 0) continue;
    slowest.push({ ours: at(ours, 0.99), floor: at(floor, 0.99) });
    usual.push({ ours: at(ours, 0.5), floor: at(floor, 0.5) });
  }
  const whole = await measureWhole(http, { n, url, bare, authorization: headers.authorization });
  const within = (limit: number) => [{ of: 'ours.median', atMost: limit }];
  return {
    name: 'log-stream',
    machine: machine(),
    n,
    figures: [
      ...figureOf({ figure: `line to ${readers} readers, p99`, unit: 'ms', goals: within(100) }, slowest),
      ...figureOf({ figure: `line to ${readers} readers, median`, unit: 'ms', goals: within(100) }, usual),
      ...figureOf(
        { figure: 'a log of 64 MiB to a reader', unit: 'MB/s', goals: [{ of: 'ours.median', atLeast: 20 }] },
        whole,
      ),
    ],
  };
}

async function delaysOfRun(
  http: HttpFixture,
  { url, authorization, number }: { url: string; authorization: string; number: number },
): Promise<number[]> {
  const { id } = await storeRun(http.db, { number });
  const writer = await openWriter(http, id);
  return delaysOf(`${url}/api/v1/runs/${id}/log`, authorization, async () => {
    await writeSlowly((line) => writer.write('image', line));
    await writer.close();
    await endRun(http.db, 'succeeded', '');
  });
}

async function openWriter(http: HttpFixture, runId: string) {
  const lease = await acquireLease(http.db, { runId, owner: 'bench', ttlMs: 600_000 });
  if (lease === null) throw new Error('the lease is taken');
  return openLogWriter({ db: http.db, lease, matcher: new SecretMatcher([]) });
}

/** All delays of all readers, sorted; the readers are a process of their own. */
async function delaysOf(url: string, authorization: string, write: () => Promise<void>): Promise<number[]> {
  const program = join(import.meta.dirname, 'log-readers-process.ts');
  const child = fork(program, [url, authorization, `${readers}`]);
  await once(child, 'message');
  const [[delays]] = (await Promise.all([once(child, 'message'), write()])) as [[number[]], undefined];
  child.disconnect();
  if (delays.length !== readers * lines) throw new Error(`${delays.length} lines were read`);
  return delays;
}

async function writeSlowly(write: (line: string) => void): Promise<void> {
  for (let index = 0; index < lines; index += 1) {
    write(`at=${(performance.timeOrigin + performance.now()).toFixed(3)} line ${index} of the build\n`);
    await between(betweenMs);
  }
}

function at(sorted: readonly number[], part: number): number {
  return sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN;
}

/** The same lines written straight to the same number of connections; and a file to one. */
async function startBare() {
  const folder = await temporaryFolder();
  const file = join(folder.path, 'log');
  await writeFile(file, wholeText());
  const live = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    if (request.url !== '/live') {
      createReadStream(file).pipe(response);
      return;
    }
    live.add(response);
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': begun\n\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async writeLines() {
      await writeSlowly((line) => {
        for (const response of live) response.write(`data: ${line}\n`);
      });
      for (const response of live) response.end();
      live.clear();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function wholeText(): string {
  const parts: string[] = [];
  let units = 0;
  for (let index = 0; units < wholeBytes; index += 1) {
    const line = `2026-11-28T07:07:00.123Z line ${index} of the build: ${(index * 2_654_435_761) % 2 ** 32}\n`;
    parts.push(line);
    units += line.length;
  }
  return parts.join('');
}

async function measureWhole(
  http: HttpFixture,
  wish: { n: number; url: string; authorization: string; bare: { url: string } },
): Promise<Pair[]> {
  const { id } = await storeRun(http.db, { number: 1_000 });
  const writer = await openWriter(http, id);
  const text = wholeText();
  for (let from = 0; from < text.length; from += 2 ** 20) {
    writer.write('image', text.slice(from, from + 2 ** 20));
    await writer.drained();
  }
  await writer.close();
  const pairs: Pair[] = [];
  for (let round = -warmUp; round < wish.n; round += 1) {
    const ours = await rateOf(`${wish.url}/api/v1/runs/${id}/log`, { authorization: wish.authorization });
    const floor = await rateOf(wish.bare.url, {});
    if (round >= 0) pairs.push({ ours, floor });
  }
  return pairs;
}

/** In megabytes a second. */
async function rateOf(url: string, headers: Record<string, string>): Promise<number> {
  const began = performance.now();
  const response = await fetch(url, { headers });
  let bytes = 0;
  for await (const part of response.body ?? []) bytes += part.length;
  if (bytes < wholeBytes) throw new Error(`${url} answered ${response.status} with ${bytes} bytes`);
  return bytes / 1000 / (performance.now() - began);
}
