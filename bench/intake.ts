import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { joinEmbeddedPostgres } from '../src/store/embedded-postgres.ts';
import { freePort } from '../test/support/free-port.ts';
import { temporaryFolder } from '../test/support/temporary-folder.ts';
import { startTrunkline } from '../test/support/trunkline.ts';
import { type BenchReport, figureOf, machine } from './figures.ts';

const clients = 20;
const sampleMs = 3_000;
/** Before each sample: a server that had nothing to do has given back memory, and compiled code with it. */
const leadInMs = 1_500;
/** A server that has answered so many is as fast as it will be: V8 has compiled what is called for each. */
const warmUpHooks = 120_000;
const token = 'the-token-of-the-bench';

/** Hooks that are stored before they are answered, from many clients at once, while nobody answers at the repository. */
export async function benchIntake(n = 10): Promise<BenchReport> {
  await using secrets = await temporaryFolder();
  const file = join(secrets.path, 'token');
  await writeFile(file, token);
  const svn = `svn://127.0.0.1:${await freePort()}/shop`;
  const config = {
    repositories: { shop: { svn, hook: { token: { file } } } },
    'hooks-per-minute': 1_000_000,
  };
  await using trunkline = await startTrunkline({ config, pipelines: {} });
  const { url } = await joinEmbeddedPostgres({ dataDir: trunkline.dataDir });
  await using floor = await openFloor(url);
  await using bare = await startBareServer(url);
  const news = { uuid: randomUUID(), revision: 0 };

  const rates: { ours: number; floor: number }[] = [];
  const lean: { ours: number; floor: number }[] = [];
  const served: { ours: number; floor: number }[] = [];
  const slowest: { ours: number; floor: number }[] = [];
  await warmUp(trunkline.url, news);
  await warmUp(bare.url, news);
  for (let round = 0; round < n; round += 1) {
    const ours = await loadHooks(trunkline.url, news);
    const inserts = await load(floor.insertEvent);
    const bareInserts = await load(floor.insertBareRow);
    const answers = await loadHooks(bare.url, news);
    rates.push({ ours: ours.perSecond, floor: inserts.perSecond });
    lean.push({ ours: ours.perSecond, floor: bareInserts.perSecond });
    served.push({ ours: ours.perSecond, floor: answers.perSecond });
    slowest.push({ ours: ours.p99Ms, floor: answers.p99Ms });
  }
  const goals = [{ of: 'ratio.median', atLeast: 0.7 }];
  const rate = { figure: 'hooks stored durably, against an INSERT of each without HTTP', unit: '1/s', goals };
  const bareRate = {
    figure: 'hooks stored durably, against INSERTs of a row with a key and nothing else',
    unit: '1/s',
    goals: [],
  };
  const answer = {
    figure: 'hooks stored durably, against a bare HTTP server that INSERTs',
    unit: '1/s',
    goals,
  };
  const time = { figure: 'p99 of the answer', unit: 'ms', goals: [{ of: 'ours.max', atMost: 100 }] };
  return {
    name: 'intake',
    machine: machine(),
    n,
    figures: [
      ...figureOf(rate, rates),
      ...figureOf(answer, served),
      ...figureOf(time, slowest),
      ...figureOf(bareRate, lean),
    ],
  };
}

async function warmUp(url: string, news: News): Promise<void> {
  for (const enough = news.revision + warmUpHooks; news.revision < enough; ) await loadHooks(url, news);
}

/** Each client does one thing after the other until the time is over. */
async function load(
  act: (client: number) => Promise<void>,
  forMs = sampleMs,
): Promise<{ perSecond: number; p99Ms: number }> {
  const [began, times]: [number, number[]] = [performance.now(), []];
  const isOver = () => performance.now() - began > forMs;
  const work = async (client: number) => {
    while (!isOver()) {
      const at = performance.now();
      await act(client);
      times.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => work(client)));
  const seconds = (performance.now() - began) / 1000;
  times.sort((a, b) => a - b);
  return {
    perSecond: times.length / seconds,
    p99Ms: times[Math.ceil(times.length * 0.99) - 1] ?? Number.NaN,
  };
}

async function loadHooks(url: string, news: News) {
  await using hooks = await openHooks(url, news);
  await load(hooks.send, leadInMs);
  return await load(hooks.send);
}

/**
 * A client that costs no more than it must: the machine's processors are shared with the server. One connection each,
 * kept alive, one request at a time.
 */
async function openHooks(url: string, news: News) {
  const { hostname, port } = new URL(url);
  const sockets = Array.from({ length: clients }, () =>
    connect({ host: hostname, port: Number(port), noDelay: true }).setEncoding('latin1'),
  );
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const answers = sockets.map(() => Promise.withResolvers<string>());
  for (const [client, socket] of sockets.entries()) {
    socket.on('data', (text: string) => answers[client]?.resolve(text));
  }
  return {
    async send(client: number): Promise<void> {
      const answer = Promise.withResolvers<string>();
      answers[client] = answer;
      news.revision += 1;
      const body = `{"uuid":"${news.uuid}","revision":${news.revision}}`;
      sockets[client]?.write(`${head}content-length: ${body.length}\r\n\r\n${body}`, 'latin1');
      const text = await answer.promise;
      if (!text.startsWith('HTTP/1.1 202 ')) throw new Error(`a hook was answered with ${text}`);
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

interface News {
  uuid: string;
  /** Counts on, through all samples: no delivery is a repeated one. */
  revision: number;
}

const head = `POST /hooks/svn HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\nauthorization: Bearer ${token}\r\n`;

async function startBareServer(databaseUrl: string) {
  const script = join(import.meta.dirname, 'bare-intake-process.ts');
  const child: ChildProcess = fork(script, { env: { ...process.env, DATABASE_URL: databaseUrl } });
  const [port] = await once(child, 'message');
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

/** One INSERT for each, prepared once, every client with a connection of its own. */
async function openFloor(url: string) {
  const make = async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return client;
  };
  const connections = await Promise.all(Array.from({ length: clients }, make));
  const [first] = connections;
  await first?.query(
    'create table bare_hook (id uuid primary key, at timestamptz default now(), body jsonb)',
  );
  let revision = 0;
  const nextBody = () => {
    revision += 1;
    return JSON.stringify({ uuid: '00000000-0000-4000-8000-000000000000', revision });
  };
  return {
    /** The row that a hook becomes, in the table with its indexes: found by its key when it comes twice, and in lists. */
    async insertEvent(client: number): Promise<void> {
      const body = nextBody();
      const key = `svn:shop:1:floor:${revision}`;
      const values = [randomUUID(), key, '{"content-type":"application/json"}', body, `${revision}`];
      await connections[client]?.query({ name: 'event', text: insertEvent, values });
    },
    async insertBareRow(client: number): Promise<void> {
      const values = [randomUUID(), nextBody()];
      await connections[client]?.query('insert into bare_hook (id, body) values ($1, $2)', values);
    },
    async [Symbol.asyncDispose]() {
      await first?.query('drop table bare_hook');
      await Promise.all(connections.map((connection) => connection.end()));
    },
  };
}

const insertEvent = `
  insert into trunkline.event (id, source, repository, delivery_key, remote, headers, body, revision, state)
  values ($1, 'svn-hook', 'shop', $2, '127.0.0.1', $3, $4, $5, 'received')
  on conflict do nothing`;
