import type { Moment } from './moments.ts';
import { momentsOf } from './moments.ts';
import type { CommittedRun, FaultWorld } from './world.ts';

/** Something that goes wrong, and is over when it returns: all servers live again. */
export type FaultKind = { name: string; inject(world: FaultWorld, run: CommittedRun): Promise<void> };
export type Plan = { fault: FaultKind; moment: Moment };

/** A step that had ended when a fault came, and in which attempt. */
export type Settled = { run: string; step: string; attempt: number; before: string };

/** Follows a run to its end and does to it what is planned, in the order of the moments. @returns what must stay */
export async function walk(world: FaultWorld, run: CommittedRun, plans: readonly Plan[]): Promise<Settled[]> {
  const settled: Settled[] = [];
  const ahead = momentsOf(world).map((moment) => {
    const planned = plans.filter((plan) => plan.moment === moment);
    const isAwaited = planned.length > 0 || moment.afterwards !== undefined;
    return { moment, planned, expected: isAwaited ? moment.expect(world, run) : undefined };
  });
  for (const { moment, planned, expected } of ahead) {
    await expected?.reached();
    for (const { fault } of planned) {
      settled.push(...(await endedSteps(world, run, `${fault.name} ${moment.name}`)));
      await fault.inject(world, run);
    }
    expected?.release?.();
    await moment.afterwards?.(world, run);
  }
  return settled;
}

async function endedSteps({ store }: FaultWorld, { id }: CommittedRun, before: string): Promise<Settled[]> {
  const ended = await store.db
    .selectFrom('step')
    .select(['id', 'attempt'])
    .where('run_id', '=', id)
    .where('state', '=', 'ended')
    .execute();
  return ended.map(({ id: step, attempt }) => ({ run: id, step, attempt, before }));
}
