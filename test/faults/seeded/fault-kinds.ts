import type { PostgresServer } from '../../support/postgres-server.ts';
import type { Redis } from '../../support/redis.ts';
import type { ShiftedClock } from '../../support/shifted-clock.ts';
import type { SpareEngine } from '../../support/spare-engine.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { FaultKind } from './walk.ts';
import { serverAtWork } from './world.ts';

/** As power would fail; it comes back at once. */
export const killed: FaultKind = {
  name: 'worker killed',
  async inject(world, run) {
    const trunkline = await serverAtWork(world, run.id);
    await trunkline.server.kill();
    await trunkline.start();
  },
};

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
