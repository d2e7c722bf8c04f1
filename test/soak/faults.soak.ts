import { expect, test } from 'vitest';
import {
  clockJumped,
  dockerKilled,
  dockerRestarted,
  killed,
  networkCut,
  packetsLost,
  postgresRestarted,
  redisRestarted,
  stoppedPastLease,
} from '../faults/seeded/fault-kinds.ts';
import { expectAllWell } from '../faults/seeded/invariants.ts';
import { momentsOf } from '../faults/seeded/moments.ts';
import { type FaultKind, type Plan, walk } from '../faults/seeded/walk.ts';
import { type FaultWorld, openFaultWorld } from '../faults/seeded/world.ts';
import { importBaseImage } from '../support/base-image.ts';
import { startPostgresServer } from '../support/postgres-server.ts';
import { startRedis } from '../support/redis.ts';
import { drawsOfThisRun } from '../support/seed.ts';
import { canShiftClock, openShiftedClock } from '../support/shifted-clock.ts';
import { startSpareEngine } from '../support/spare-engine.ts';
import { type NetworkWay, openSplitNetwork } from '../support/split-network.ts';
import { startTcpRelay } from '../support/tcp-relay.ts';

const drawnRuns = 4;
const draws = drawsOfThisRun();
const say = (text: string) => process.stdout.write(`seed ${draws.seed}: ${text}\n`);

/** The one fault for which the servers reach the database by relays: a network that resets what was connected. */
const resettingCut = 'network to the database cut';

/** By name, so that a table can name them before any of what they need is there. */
const kinds = [
  'worker killed',
  'Redis restarted',
  'PostgreSQL restarted',
  'Docker restarted',
  'Docker killed',
  'worker stopped past its lease',
  resettingCut,
  'packets to the database lost',
  ...(canShiftClock ? ['clock jumped by two hours'] : []),
];

/** Of a run that is rolled out. */
const momentCount = 14;

test.each(kinds)(
  '%s at every moment of a run costs neither it nor the next one anything',
  { meta: { faults: momentCount } },
  async (name) => {
    await using place = await openPlace(name);
    const fault = place.fault(name);

    const injected = await survive(
      place.world,
      momentsOf(place.world).map((moment) => ({ moment, fault })),
    );

    say(`${injected} faults injected: ${name}`);
    expect(injected).toBe(momentCount);
  },
);

test(`${drawnRuns} runs with faults and moments that a seed draws all end well, in turn`, {
  meta: { faults: 3 * drawnRuns },
}, async () => {
  await using place = await openPlace();
  const drawn = kinds.filter((name) => name !== resettingCut);
  let injected = 0;

  for (let index = 0; index < drawnRuns; index += 1) {
    const plans = draws
      .some(momentsOf(place.world), 3)
      .map((moment) => ({ moment, fault: place.fault(draws.oneOf(drawn)) }));
    const told = plans.map(({ fault, moment }) => `${fault.name} ${moment.name}`).join(', ');
    say(`run ${index + 1}: ${told}`);
    injected += await survive(place.world, plans);
  }

  say(`${injected} faults injected: drawn`);
  expect(injected).toBe(3 * drawnRuns);
});

/** Two runs of one group, the second one waiting while the first one gets the faults. @returns how many it got */
async function survive(world: FaultWorld, plans: readonly Plan[]): Promise<number> {
  const runs = [await world.commitRun(), await world.commitRun()];
  const settled = [];
  for (const [index, run] of runs.entries())
    settled.push(...(await walk(world, run, index === 0 ? plans : [])));
  await expectAllWell(world, runs, settled);
  return plans.length;
}

/** Two servers with the queue in Redis, and all that they need for themselves alone, so that it can fail. */
async function openPlace(onlyFault?: string) {
  await using opening = new AsyncDisposableStack();
  const engine = opening.use(await startSpareEngine());
  await importBaseImage(engine.host);
  const network = opening.use(await openSplitNetwork());
  const [first, second, ours] = network.ways;
  const place = { namespace: network.namespace, address: ours.address };
  const postgres = opening.use(await startPostgresServer(place));
  const by = ({ address }: NetworkWay) => Object.assign(new URL(postgres.url), { hostname: address }).href;
  const redis = opening.use(await startRedis());
  const queue = { REDIS_URL: redis.url };
  const relays = [
    opening.use(await startTcpRelay(by(first))),
    opening.use(await startTcpRelay(by(second))),
  ] as const;
  const urls =
    onlyFault === resettingCut
      ? ([relays[0].url, relays[1].url] as const)
      : ([by(first), by(second)] as const);
  const clock = opening.use(await openShiftedClock());
  const world = opening.use(
    await openFaultWorld({
      engine: engine.host,
      databaseUrl: postgres.url,
      environments: [
        { ...queue, DATABASE_URL: urls[0], ...(canShiftClock && clock.environment) },
        { ...queue, DATABASE_URL: urls[1] },
      ],
      isRolledOut: true,
    }),
  );
  const faults: FaultKind[] = [
    killed,
    stoppedPastLease,
    networkCut(relays),
    packetsLost([first, second]),
    redisRestarted(redis),
    postgresRestarted(postgres),
    dockerRestarted(engine),
    dockerKilled(engine),
    clockJumped(clock),
  ];
  const owned = opening.move();
  return {
    world,
    fault(name: string): FaultKind {
      const found = faults.find((fault) => fault.name === name);
      if (found === undefined) throw new Error(`there is no fault "${name}"`);
      return {
        name,
        async inject(...where) {
          await found.inject(...where);
          say(name);
        },
      };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
