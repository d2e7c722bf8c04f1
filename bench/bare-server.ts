import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import pg from 'pg';
import { type ContainerRequest, containerOptions } from '../src/images/container-options.ts';

/** The least that can answer a hook: one row in the database, and then, if asked to, one `svn log` or one container. */
export interface BareServer extends AsyncDisposable {
  url: string;
  /** When the row of the next hook is durable, in ms since 1970. */
  nextRow(): Promise<number>;
  /** From now on each hook's revision is read from this repository; `nextLog` tells when it was, in ms since 1970. */
  readLogs(repository: string): void;
  nextLog(): Promise<number>;
  /** From now on each hook starts this container; its output comes from `nextOutput`. */
  startContainers(request: ContainerRequest): void;
  nextOutput(): Promise<string>;
}

const run = promisify(execFile);

/** @param engine `unix://...` */
export async function startBareServer(databaseUrl: string, engine: string): Promise<BareServer> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  await pool.query('create table if not exists bare_hook (id bigserial primary key, body text not null)');
  const docker = new Docker({ socketPath: engine.replace('unix://', '') });
  const rows = inbox<number>();
  const outputs = inbox<string>();
  const logs = inbox<number>();
  let repository: string | undefined;
  let wanted: ContainerRequest | undefined;
  let count = 0;

  async function startContainer(request: ContainerRequest): Promise<void> {
    count += 1;
    const owner = { ...request.owner, attempt: count };
    const options = containerOptions(
      { ...request, owner },
      { cpus: request.limits.cpus, seesWorkspace: true },
    );
    const container = await docker.createContainer(options);
    const output = await container.attach({ stream: true, stdout: true });
    await container.start();
    outputs.put(await text(output));
    await container.remove({ force: true });
  }

  const server = createServer(async (incoming, answer) => {
    const body = await text(incoming);
    await pool.query('insert into bare_hook (body) values ($1)', [body]);
    rows.put(Date.now());
    answer.writeHead(202).end();
    if (repository !== undefined) {
      const { revision } = JSON.parse(body) as { revision: number };
      await run('svn', ['log', '--xml', '-v', '-r', `${revision}`, `${repository}@${revision}`]);
      logs.put(Date.now());
    }
    if (wanted !== undefined) await startContainer(wanted);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    nextRow: () => rows.take(),
    readLogs: (url) => {
      repository = url;
    },
    nextLog: () => logs.take(),
    startContainers: (request) => {
      wanted = request;
    },
    nextOutput: () => outputs.take(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await pool.query('drop table if exists bare_hook');
      await pool.end();
    },
  };
}

/** What comes in is taken out in the same order. */
function inbox<T>() {
  const waiting: PromiseWithResolvers<T>[] = [];
  const taking: PromiseWithResolvers<T>[] = [];
  const next = (mine: PromiseWithResolvers<T>[], other: PromiseWithResolvers<T>[]) => {
    const met = other.shift();
    if (met !== undefined) return met;
    const made = Promise.withResolvers<T>();
    mine.push(made);
    return made;
  };
  return {
    put: (item: T) => next(waiting, taking).resolve(item),
    take: () => next(taking, waiting).promise,
  };
}
