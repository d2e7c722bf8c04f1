import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Trunkline } from '../../support/trunkline.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { FaultWorld } from './world.ts';

/** A run that a worker has in hand, under this fencing number. */
export type HeldRun = { id: string; fencing: number };

/** The server whose worker has the run, or one that it waits for; the first one when no worker has it for now. */
export async function serverAtWork(world: FaultWorld, runId: string): Promise<Trunkline> {
  const leases = await liveLeases(world);
  const { owner = '' } = leases.find(({ run_id }) => run_id === runId) ?? leases[0] ?? {};
  for (const server of world.servers) if (owner.startsWith(`${await workerOf(server)}/`)) return server;
  return world.servers[0];
}

export async function runsHeldBy(world: FaultWorld, server: Trunkline): Promise<HeldRun[]> {
  const worker = await workerOf(server);
  return (await liveLeases(world))
    .filter(({ owner }) => owner.startsWith(`${worker}/`))
    .map(({ run_id: id, fencing }) => ({ id, fencing }));
}

/** Waits until others have gone on with what a worker had in hand, and all of them take it for gone. */
export async function othersGoOn(
  world: FaultWorld,
  server: Trunkline,
  held: readonly HeldRun[],
): Promise<void> {
  const worker = await workerOf(server);
  const [started] = await world.store.db
    .selectFrom('worker')
    .select('seen_at')
    .where('id', '=', worker)
    .execute();
  const isOver = async () => {
    const runs = await Promise.all(held.map((run) => isTakenOver(world, run)));
    const silentMs = Date.now() - (started?.seen_at.getTime() ?? 0);
    return runs.every(Boolean) && silentMs > leaseMs;
  };
  await waitFor(isOver, { what: 'others to go on with the runs', deadlineMs: 120_000, everyMs: 200 });
}

/** As long as a lease lasts that is not renewed. */
const leaseMs = 20_000;

/** Begun anew by somebody else, or ended, or waiting for news, which is nobody's. */
async function isTakenOver({ store }: FaultWorld, { id, fencing }: HeldRun): Promise<boolean> {
  const row = await store.db
    .selectFrom('lease')
    .innerJoin('run', 'run.id', 'lease.run_id')
    .select(['lease.fencing', 'run.state'])
    .where('run.id', '=', id)
    .executeTakeFirst();
  return row === undefined || row.fencing > fencing || row.state === 'ended' || row.state === 'waiting';
}

function liveLeases({ store }: FaultWorld) {
  return store.db
    .selectFrom('lease')
    .innerJoin('run', 'run.id', 'lease.run_id')
    .select(['lease.run_id', 'lease.owner', 'lease.fencing'])
    .where('run.state', '<>', 'ended')
    .where('lease.expires_at', '>', new Date())
    .execute();
}

/** @returns the id of a server's worker, as leases name it */
async function workerOf({ dataDir }: Trunkline): Promise<string> {
  return (await readFile(join(dataDir, 'worker-id'), 'utf8')).trim();
}
