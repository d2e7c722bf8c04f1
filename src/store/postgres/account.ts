import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Logger } from 'pino';
import { Fault } from '../../domain/fault.ts';

/** Whom PostgreSQL runs as. It refuses root, so a server that runs as root gives it an account of its own. */
export interface Account {
  uid: number;
  gid: number;
}

const accountName = 'trunkline';

/**
 * The account for a new cluster: ourselves, or, for root, the system user `trunkline`, made when it is missing;
 * where that cannot be done (no `useradd`, read-only `/etc`), `nobody`.
 */
export async function accountForNewCluster(logger: Logger): Promise<Account> {
  if (!isRoot()) return ourselves();
  const existing = await findAccount(accountName);
  if (existing !== undefined) return existing;
  try {
    await run('useradd', [...['--system', '--user-group', '--no-create-home'], ...noLogin, accountName]);
    logger.info({ user: accountName }, 'Made a system user for the embedded PostgreSQL');
  } catch (error) {
    logger.warn({ err: error }, 'Cannot make a system user for the embedded PostgreSQL');
  }
  const account = (await findAccount(accountName)) ?? (await findAccount('nobody'));
  if (account !== undefined) return account;
  throw new Fault('internal', 'PostgreSQL cannot run as root, and this machine has no other user for it', {
    hint: `Make a system user \`${accountName}\`, or start Trunkline as a user without privileges.`,
    isRetryable: false,
  });
}

/** The account of a cluster that exists: its owner. */
export async function accountOfCluster(cluster: string): Promise<Account> {
  const { uid, gid } = await stat(cluster);
  if (isRoot() ? uid !== 0 : uid === ourselves().uid) return { uid, gid };
  throw new Fault(
    'database-unreachable',
    `The database in ${cluster} belongs to user ${uid}, who cannot run it`,
    {
      hint: isRoot()
        ? `Give it to an account without privileges: chown -R ${accountName} ${dirname(cluster)}`
        : 'Start Trunkline as that user, or set another DATA_DIR.',
      isRetryable: false,
    },
  );
}

/**
 * What to put before a command so that it runs as `account`. A folder that the account may not walk through (root's
 * home, mode 0700, with our packages or DATA_DIR in it) gets the process the one capability that lets it read its
 * way there, `CAP_DAC_READ_SEARCH`, and none of the others; permissions of folders are never changed.
 */
export async function switchAccount(account: Account, paths: string[]): Promise<string[]> {
  if (!isRoot()) return [];
  const reached = await Promise.all(paths.map((path) => canReach(account, path)));
  const barred = paths.find((_path, index) => !reached[index]);
  const kept = barred === undefined ? '-all' : '-all,+dac_read_search';
  if (barred !== undefined && !(await mayReadEverything())) {
    throw new Fault(
      'internal',
      `The user of the embedded PostgreSQL (${account.uid}) cannot reach ${barred}`,
      {
        hint: 'Make every folder above it passable (chmod o+x), or move it, for example to /var/lib/trunkline.',
        isRetryable: false,
      },
    );
  }
  const identity = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', '--no-new-privs'];
  const capabilities = [`--inh-caps=${kept}`, `--ambient-caps=${kept}`, `--bounding-set=${kept}`];
  // Without this the kernel answers access(2), with which PostgreSQL looks for its own programs, as if there were none.
  const fixup = barred === undefined ? [] : ['--securebits=+no_setuid_fixup'];
  return ['setpriv', ...identity, ...fixup, ...capabilities, '--'];
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

const run = promisify(execFile);
const noLogin = ['--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin'];
const readSearchBit = 1n << 2n;

function ourselves(): Account {
  return { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };
}

async function findAccount(name: string): Promise<Account | undefined> {
  try {
    const { stdout } = await run('getent', ['passwd', name]);
    const [, , uid, gid] = stdout.split(':');
    return { uid: Number(uid), gid: Number(gid) };
  } catch {
    return undefined;
  }
}

async function canReach(account: Account, path: string): Promise<boolean> {
  for (let folder = path; ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
    if (((mode >> shift) & 1) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

async function mayReadEverything(): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'utf8');
  const permitted = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return permitted !== undefined && (BigInt(`0x${permitted}`) & readSearchBit) !== 0n;
}
