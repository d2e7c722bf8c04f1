import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findOrStartCluster, stopCluster } from './cluster.ts';
import { findOrStartEngine, stopEngine } from './engine.ts';
import { type FileLock, type LockRequest, takeFileLock } from './file-lock.ts';
import { stateFolder } from './state-folder.ts';

export type Machine = AsyncDisposable & {
  /** Becomes a member without a need of its own, to be asked on leaving whether it is the last. */
  join(): Promise<void>;
  /** unix://... of the machine's one Docker engine. */
  engine(): Promise<string>;
  /** Path of a kubeconfig: the cluster that TRUNKLINE_TEST_KUBECONFIG names, else the machine's one. */
  cluster(): Promise<string>;
};

/** Starting takes a minute at most; several processes may want to, one after the other. */
const lockDeadlineMs = 300_000;

/**
 * The engine and the cluster, which a machine has once, as one of perhaps several processes that use them. Each
 * member holds a shared lock from its first use on; the one that can have it alone when it leaves is the last, and
 * ends what members started. What was there before is left as it was.
 */
export function joinMachine(): Machine {
  const memberships: FileLock[] = [];
  const named = process.env.TRUNKLINE_TEST_KUBECONFIG;
  return {
    join: () => asMember(memberships, async () => undefined),
    engine: () => asMember(memberships, findOrStartEngine),
    cluster: async () =>
      named ?? asMember(memberships, async () => findOrStartCluster(await findOrStartEngine())),
    [Symbol.asyncDispose]: () => leave(memberships),
  };
}

async function asMember<T>(memberships: FileLock[], start: () => Promise<T>): Promise<T> {
  await mkdir(stateFolder(), { recursive: true, mode: 0o711 });
  await using _turn = await take('turn', 'exclusive');
  memberships.push(await take('members', 'shared'));
  return start();
}

async function leave(memberships: FileLock[]): Promise<void> {
  if (memberships.length === 0) return;
  await using _turn = await take('turn', 'exclusive');
  for (const membership of memberships.splice(0)) await membership[Symbol.asyncDispose]();
  await using alone = await takeFileLock({ path: lockPath('members'), kind: 'exclusive', deadlineMs: 0 });
  if (alone === undefined) return;
  await stopCluster();
  await stopEngine();
}

async function take(name: 'turn' | 'members', kind: LockRequest['kind']): Promise<FileLock> {
  const lock = await takeFileLock({ path: lockPath(name), kind, deadlineMs: lockDeadlineMs });
  if (lock) return lock;
  throw new Error(
    `another process has held ${lockPath(name)} for ${lockDeadlineMs / 1000} s: fuser shows which`,
  );
}

function lockPath(name: 'turn' | 'members'): string {
  return join(stateFolder(), `${name}.lock`);
}
