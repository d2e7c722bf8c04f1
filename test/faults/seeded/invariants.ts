import { expect } from 'vitest';
import { ownerLabels } from '../../../src/images/container-options.ts';
import { runCommand } from '../../support/run-command.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Stay } from './container-witness.ts';
import type { Settled } from './walk.ts';
import type { CommittedRun, FaultWorld } from './world.ts';

/**
 * What holds whatever happened to these runs, of one group and in the order of their commits: each ended well, none is
 * missing or there twice, what had ended was not begun again, no two containers of a step ran side by side, none is
 * left, and the older run was tested before the newer one began to be.
 */
export async function expectAllWell(
  world: FaultWorld,
  runs: readonly CommittedRun[],
  settled: readonly Settled[],
): Promise<void> {
  const { api } = world.servers[0];
  for (const { id, revision } of runs) {
    const run = await api.waitForOutcome(id, 'succeeded', 300_000);
    expect(await world.site.digestOf('shop/cart', `r${revision}`)).toBe(run.images[0]?.digest);
    for (const pipeline of ['cart', 'e2e']) {
      const ofRevision = (await api.runs(pipeline)).filter((other) => other.revision === String(revision));
      expect(ofRevision, `runs of ${pipeline} for r${revision}`).toHaveLength(1);
    }
    for (const { step, attempt, before } of settled.filter((one) => one.run === id))
      expect(run.steps.find((one) => one.id === step)?.attempt, `${step} had ended, ${before}`).toBe(attempt);
  }
  await expectNoContainerLeft(world);
  await world.containers.look();
  for (const { id } of runs) await expectContainersInTurn(world, id);
  expectRunsInTurn(world.containers.stays(), runs);
}

async function expectNoContainerLeft({ engine, store }: FaultWorld): Promise<void> {
  const runs = await store.db.selectFrom('run').select('id').execute();
  await waitFor(
    async () => {
      const printed = await runCommand('docker', [
        ...['-H', engine, 'ps', '--all', '--filter', `label=${ownerLabels.run}`],
        ...['--format', `{{.Label "${ownerLabels.run}"}}`],
      ]);
      return !runs.some(({ id }) => printed.includes(id));
    },
    { what: 'the last container to be gone', deadlineMs: 60_000 },
  );
}

/** A repeated step may have several containers, one after the other, no more than it had attempts. */
async function expectContainersInTurn({ containers, servers }: FaultWorld, id: string): Promise<void> {
  const run = await servers[0].api.run(id);
  for (const { id: step, attempt } of run.steps.filter(({ kind }) => kind === 'run')) {
    const stays = containers.stays().filter((stay) => stay.run === id && stay.step === step);
    const wellEnded = stays.filter(({ exitCode }) => exitCode === 0);
    const told = `${step} of ${id}: ${JSON.stringify(stays)}`;
    expect(wellEnded.length, told).toBeGreaterThanOrEqual(1);
    expect(stays.length, told).toBeLessThanOrEqual(attempt);
    for (const [index, stay] of stays.slice(1).entries())
      expect(stay.startedAt, told).toBeGreaterThanOrEqual(stays[index]?.endedAt ?? 0);
  }
}

/** As far as its first wait, for another run or for people: from there on a run holds up no newer one of its group. */
function expectRunsInTurn(stays: readonly Stay[], runs: readonly CommittedRun[]): void {
  const tests = stays.filter(({ step }) => step === 'test');
  for (const [index, newer] of runs.slice(1).entries()) {
    const ofOlder = tests.filter(({ run }) => run === runs[index]?.id);
    const ofNewer = tests.filter(({ run }) => run === newer.id);
    const lastOfOlder = Math.max(...ofOlder.map(({ endedAt }) => endedAt));
    const firstOfNewer = Math.min(...ofNewer.map(({ startedAt }) => startedAt));
    expect(firstOfNewer, `r${newer.revision} after the older run`).toBeGreaterThanOrEqual(lastOfOlder);
  }
}
