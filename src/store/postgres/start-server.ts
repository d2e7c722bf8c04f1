import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Fault } from '../../domain/fault.ts';
import { switchAccount } from './account.ts';
import { type ClusterParts, checkSpace, giveTo, processEnvironment } from './cluster.ts';
import { LaunchFailure, launchPostmaster, lockedExitCode, type Postmaster } from './postmaster.ts';
import { serverArguments } from './settings.ts';

export interface ServerParts extends ClusterParts {
  socketFolder: string;
}

/**
 * Starts the server of a cluster that nobody runs. Processes of one that was killed may need a moment to notice;
 * until then they hold the lock.
 *
 * @throws Fault
 */
export async function startServer(parts: ServerParts): Promise<Postmaster> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    try {
      return await launchOnce(parts);
    } catch (error) {
      if (!(error instanceof LaunchFailure)) throw error;
      if (error.exitCode !== lockedExitCode || performance.now() > deadline)
        throw await explain(parts, error);
    }
    await delay(100);
  }
}

async function launchOnce({ folders, binaries, account, socketFolder }: ServerParts) {
  const { base, cluster, lock, log } = folders;
  await (await open(lock, 'a', 0o600)).close();
  await giveTo(account, lock);
  const whileLocked = ['flock', '--nonblock', '--no-fork', '-E', String(lockedExitCode), lock];
  await clearStaleFiles({ cluster, socketFolder, whileLocked });
  const asAccount = await switchAccount(account, [base, socketFolder, binaries.folder]);
  const server = [binaries.postgres, '-D', cluster, ...serverArguments(socketFolder)];
  return launchPostmaster({
    cluster,
    command: [...asAccount, ...whileLocked, ...server],
    env: processEnvironment(folders, binaries),
    logFile: log,
  });
}

/**
 * PostgreSQL takes its files of an earlier life for living ones when their process number is in use again. Nobody
 * who holds the lock can have such a process, so they go; when the lock is taken, the launch says so.
 */
async function clearStaleFiles(where: { cluster: string; socketFolder: string; whileLocked: string[] }) {
  const socket = join(where.socketFolder, '.s.PGSQL.5432');
  const stale = [join(where.cluster, 'postmaster.pid'), socket, `${socket}.lock`];
  const [command = '', ...args] = [...where.whileLocked, 'rm', '-f', '--', ...stale];
  await promisify(execFile)(command, args).catch((error: { code?: unknown }) => {
    if (error.code !== lockedExitCode) throw error;
  });
}

async function explain({ folders }: ServerParts, failure: LaunchFailure): Promise<Fault> {
  const attempt = 'Cannot start the embedded database';
  if (failure.exitCode === lockedExitCode) {
    return new Fault('database-unreachable', `${attempt}: ${folders.cluster} is in use by another process`, {
      cause: failure,
      hint: `Find it with \`fuser ${folders.lock}\`; it may run in another container that has the same DATA_DIR.`,
    });
  }
  const fullDisk = await checkSpace(folders.base, attempt, neededToStart).catch((fault: Fault) => fault);
  if (fullDisk !== undefined) return fullDisk;
  return new Fault('database-unreachable', `${attempt} in ${folders.cluster}: ${failure.lastWords}`, {
    cause: failure,
    hint: `See ${folders.log}. If the data are damaged, restore DATA_DIR from a backup.`,
  });
}

/** One WAL segment and some. */
const neededToStart = 20 * 2 ** 20;
