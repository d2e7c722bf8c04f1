import type { PostgresServer } from '../../support/postgres-server.ts';
import type { Redis } from '../../support/redis.ts';
import type { ShiftedClock } from '../../support/shifted-clock.ts';
import type { SpareEngine } from '../../support/spare-engine.ts';
import type { NetworkWay } from '../../support/split-network.ts';
import type { TcpRelay } from '../../support/tcp-relay.ts';
import type { Trunkline } from '../../support/trunkline.ts';
import { waitFor } from '../../support/wait-for.ts';
import { othersGoOn, runsHeldBy, serverAtWork } from './held-runs.ts';
import type { FaultKind } from './walk.ts';
import type { FaultWorld } from './world.ts';

/** As power would fail; it comes back at once. */
export const killed: FaultKind = {
  name: 'worker killed',
  async inject(world, run) {
    const trunkline = await serverAtWork(world, run.id);
    await trunkline.server.kill();
    await trunkline.start();
  },
};

/** As a machine that stands still for a while: others go on with its runs, and it finds that out. */
export const stoppedPastLease: FaultKind = {
  name: 'worker stopped past its lease',
  async inject(world, run) {
    const trunkline = await serverAtWork(world, run.id);
    await withOthersGoingOn(world, trunkline, {
      away: () => trunkline.server.signal('SIGSTOP'),
      back: () => trunkline.server.signal('SIGCONT'),
    });
  },
};

/** @param relays the way of each server to the database, in their order */
export function networkCut(relays: readonly TcpRelay[]): FaultKind {
  return {
    name: 'network to the database cut',
    async inject(world, run) {
      const trunkline = await serverAtWork(world, run.id);
      const relay = relays[world.servers.indexOf(trunkline)];
      if (relay === undefined) throw new Error('a server has no relay');
      await withOthersGoingOn(world, trunkline, { away: relay.cut, back: relay.restore });
    },
  };
}

/**
 * In the kernel: packets are lost in both directions, and nobody is told; when the network is back, what was connected
 * goes on, with what was sent before and meanwhile.
 * @param ways of each server to the database, in their order
 */
export function packetsLost(ways: readonly NetworkWay[]): FaultKind {
  return {
    name: 'packets to the database lost',
    async inject(world, run) {
      const trunkline = await serverAtWork(world, run.id);
      const way = ways[world.servers.indexOf(trunkline)];
      if (way === undefined) throw new Error('a server has no way of its own');
      await withOthersGoingOn(world, trunkline, { away: way.cut, back: way.heal });
    },
  };
}

/** Takes away the server at work until others have gone on, and waits until it has seen that, where it had runs. */
async function withOthersGoingOn(
  world: FaultWorld,
  trunkline: Trunkline,
  { away, back }: { away(): unknown; back(): unknown },
): Promise<void> {
  const { server, api } = trunkline;
  const before = server.stderr().length;
  await away();
  const held = await runsHeldBy(world, trunkline);
  await othersGoOn(world, trunkline, held);
  await back();
  const hasSeen = async () => {
    const said = server.stderr().slice(before).split('\n');
    const letGo = held.filter(({ id }) => said.some((line) => line.includes(id) && lettingGo.test(line)));
    return letGo.length === held.length && (await api.fetch('/readyz')).ok;
  };
  await waitFor(hasSeen, { what: 'the worker to see what it has lost', deadlineMs: 90_000 });
}

/** What the server says last of a run that it has had in hand. */
const lettingGo = /lost the lease|run left|broke off/;

export const redisRestarted = (redis: Redis): FaultKind => restarted('Redis restarted', redis);
export const postgresRestarted = (server: PostgresServer): FaultKind =>
  restarted('PostgreSQL restarted', server);

/** As an upgrade of Docker does: all containers are ended, in good order. */
export function dockerRestarted(engine: SpareEngine): FaultKind {
  return {
    name: 'Docker restarted',
    async inject({ containers }) {
      await containers.look();
      await engine.stop();
      containers.engineRestarted();
      await engine.start();
    },
  };
}

/** The engine alone dies: its containers live on without it, and end when it is back, before it answers. */
export function dockerKilled(engine: SpareEngine): FaultKind {
  return {
    name: 'Docker killed',
    async inject({ containers }) {
      await containers.look();
      await engine.kill();
      containers.engineRestarted();
      await engine.start();
    },
  };
}

/**
 * The wall clock of the first server jumps, two hours on and back by turns; its monotonic clock, as in life, does not.
 */
export function clockJumped(clock: ShiftedClock): FaultKind {
  let isAhead = false;
  return {
    name: 'clock jumped by two hours',
    async inject({ servers: [{ api }] }) {
      isAhead = !isAhead;
      await clock.shift(isAhead ? 7200 : 0);
      const isThere = async () => {
        const shown = Date.parse((await api.fetch('/healthz')).headers.get('date') ?? '');
        return shown - Date.now() > 3600_000 === isAhead;
      };
      await waitFor(isThere, { what: 'the server to see its clock jump', deadlineMs: 20_000 });
    },
  };
}

function restarted(name: string, server: { stop(): Promise<void>; start(): Promise<void> }): FaultKind {
  return {
    name,
    async inject() {
      await server.stop();
      await server.start();
    },
  };
}
