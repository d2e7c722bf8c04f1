import { expect, test } from 'vitest';
import { dockerEngine } from '../support/docker.ts';
import { startPostgres } from '../support/postgres.ts';
import { drawsOfThisRun } from '../support/seed.ts';
import { killed } from './seeded/fault-kinds.ts';
import { expectAllWell } from './seeded/invariants.ts';
import { momentsOf } from './seeded/moments.ts';
import { walk } from './seeded/walk.ts';
import { openFaultWorld } from './seeded/world.ts';

/** All of them, and all other faults: test/soak/faults.soak.ts. */
const kills = 2;

test('killed -9 at moments of a run that a seed draws, the server carries on and repeats nothing that had ended', {
  meta: { faults: kills },
}, async () => {
  const draws = drawsOfThisRun();
  await using postgres = await startPostgres();
  await using world = await openFaultWorld({
    engine: (await dockerEngine()).host,
    databaseUrl: postgres.url,
    environments: [{}],
  });
  const run = await world.commitRun();
  const plans = draws.some(momentsOf(world), kills).map((moment) => ({ moment, fault: killed }));
  const told = `seed ${draws.seed}, ${plans.length} faults: ${plans.map(({ moment }) => moment.name).join(', ')}`;
  process.stdout.write(`${told}\n`);

  const settled = await walk(world, run, plans).catch((cause) => {
    throw new Error(told, { cause });
  });

  await expectAllWell(world, [run], settled);
  expect(plans, told).toHaveLength(kills);
});
