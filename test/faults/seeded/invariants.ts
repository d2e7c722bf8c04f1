import { expect } from 'vitest';
import { ownerLabels } from '../../../src/images/container-options.ts';
import { runCommand } from '../../support/run-command.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Stay } from './container-witness.ts';
import { orphanProcesses } from './orphan-processes.ts';
import { expectRolloutsInTurn } from './rollout-witness.ts';
import type { Settled } from './walk.ts';
import type { CommittedRun, FaultWorld } from './world.ts';

/**
 * What holds whatever happened to these runs, of one group and in the order of their commits: each ended well, none is
 * missing or there twice, what had ended was not begun again, no two containers of a step ran side by side, no container
 * and no process is left, the older run was tested before the newer one began to be, and was rolled out before it, once.
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
  await expectAllEnded(world);
  await expectNoContainerLeft(world);
  await waitFor(async () => (await orphanProcesses(world)).length === 0, {
    what: `the last process to be gone: ${await orphanProcesses(world)}`,
  });
  await world.containers.look();
  for (const { id } of runs) await expectContainersInTurn(world, id);
  expectRunsInTurn(world.containers.stays(), runs);
  if (world.cluster !== null) await expectRolloutsInTurn(world.cluster, await pushedDigests(world));
}

/** Of all runs that there were in this world, also earlier ones. */
async function pushedDigests({ servers: [{ api }] }: FaultWorld): Promise<string[]> {
  const runs = await Promise.all((await api.runs()).map(({ id }) => api.run(id)));
  return runs.map(({ images }) => images[0]?.digest ?? 'nothing was pushed');
}

/** Those that were triggered too. */
async function expectAllEnded({ store }: FaultWorld): Promise<void> {
  const unended = () =>
    store.db
      .selectFrom('run')
      .select(['pipeline', 'number', 'state'])
      .where('state', '<>', 'ended')
      .execute();
  await waitFor(async () => (await unended()).length === 0, { what: 'every run to end', deadlineMs: 60_000 });
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
