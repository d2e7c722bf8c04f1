import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase, type Store } from '../../src/store/database.ts';
import { joinEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { type Api, createApi } from './api.ts';
import { compileServer } from './compiled-code.ts';
import { freePort } from './free-port.ts';
import { type Program, startProgram, waitUntilReady } from './program.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { waitFor } from './wait-for.ts';

export type TrunklineSetting = {
  /** What stands in trunkline.yaml. */
  config: object;
  /** Pipeline files by name, without `.yaml`. */
  pipelines: Record<string, string>;
  /** DATABASE_URL, REDIS_URL and the like. Without DATABASE_URL the server brings its own PostgreSQL. */
  environment?: Record<string, string>;
  /** The admin token, where another server has made it in the same database. */
  token?: string;
};

/** An installation of Trunkline in a folder and on a port of its own; its server may be ended and started again. */
export type Trunkline = AsyncDisposable & {
  setting: TrunklineSetting;
  url: string;
  dataDir: string;
  token: string;
  api: Api;
  /** The server's process, the one started last. */
  readonly server: Program;
  /** Starts the server again after its end; the settings stay. */
  start(): Promise<void>;
  /** Starts `trunkline worker` with the same settings. */
  startWorker(environment?: Record<string, string>): Promise<Program>;
  writePipeline(name: string, text: string): Promise<void>;
  /** The server's database, past the server. To be closed by the caller. */
  openStore(): Promise<Store>;
};

/** Starts `bin/trunkline serve` and returns when it listens. Disposing leaves neither processes nor files. */
export async function startTrunkline(setting: TrunklineSetting): Promise<Trunkline> {
  await using opening = new AsyncDisposableStack();
  const folder = opening.use(await temporaryFolder());
  // The account under which PostgreSQL runs must get to its data.
  await chmod(folder.path, 0o711);
  const dataDir = setting.environment?.DATA_DIR ?? join(folder.path, 'data');
  opening.defer(() => endEmbeddedPostgres(dataDir));
  const url = `http://127.0.0.1:${await freePort()}`;
  await writeSettings(folder.path, setting, new URL(url).port);
  const { environment = {} } = setting;
  const options = { cwd: folder.path, environment };
  await compileServer();
  const serve = async () => {
    const server = opened.use(startProgram(['serve'], options));
    await waitUntilReady(server, () => server.stdout().includes('listens on'));
    return server;
  };
  const opened = opening.use(new AsyncDisposableStack());
  let server = await serve();
  const token = setting.token ?? adminToken(server);
  const owned = opening.move();
  return {
    setting,
    url,
    dataDir,
    token,
    api: createApi(() => ({ url, token })),
    get server() {
      return server;
    },
    async start() {
      server = await serve();
    },
    async startWorker(more = {}) {
      const worker = opened.use(
        startProgram(['worker'], { ...options, environment: { ...environment, ...more } }),
      );
      await waitUntilReady(worker, () => worker.stderr().includes('worker is ready'));
      return worker;
    },
    writePipeline: (name, text) => writeFile(join(folder.path, 'pipelines', `${name}.yaml`), text),
    async openStore() {
      const databaseUrl = environment.DATABASE_URL ?? (await joinEmbeddedPostgres({ dataDir })).url;
      return openDatabase({ url: databaseUrl, applicationName: 'test' });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Starts a further server on the database of one that was given DATABASE_URL: the same settings, another data folder. */
export function startBeside({ setting, token }: Trunkline): Promise<Trunkline> {
  return startTrunkline({ ...setting, token });
}

/** JSON is YAML too. */
async function writeSettings(folder: string, setting: TrunklineSetting, port: string): Promise<void> {
  const config = { port: Number(port), 'data-dir': 'data', ...setting.config };
  await writeFile(join(folder, 'trunkline.yaml'), JSON.stringify(config));
  await mkdir(join(folder, 'pipelines'));
  for (const [name, text] of Object.entries(setting.pipelines)) {
    await writeFile(join(folder, 'pipelines', `${name}.yaml`), text);
  }
}

function adminToken(server: Program): string {
  const token = /Admin token, shown this once: (\S+)/.exec(server.stdout())?.[1];
  if (token === undefined) throw new Error(`the server showed no admin token: ${server.stdout()}`);
  return token;
}

/** Whether the embedded PostgreSQL of a data folder runs, as its process id. */
export async function embeddedPostgresPid(dataDir: string): Promise<number | undefined> {
  const file = await readFile(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(file.split('\n', 1)[0]);
  return pid > 0 && isAlive(pid) ? pid : undefined;
}

/** A killed server leaves its database running, for the next start. */
async function endEmbeddedPostgres(dataDir: string): Promise<void> {
  const pid = await embeddedPostgresPid(dataDir);
  if (pid === undefined) return;
  process.kill(pid, 'SIGQUIT');
  await waitFor(() => !isAlive(pid), { what: 'the end of the embedded PostgreSQL' });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
