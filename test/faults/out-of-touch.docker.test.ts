import { glob, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { cart, cartPipeline, steps } from '../support/cart.ts';
import { dockerEngine } from '../support/docker.ts';
import { startPostgres } from '../support/postgres.ts';
import { runCommand } from '../support/run-command.ts';
import { openSite } from '../support/site.ts';
import { startTcpRelay, type TcpRelay } from '../support/tcp-relay.ts';
import { startBeside, type Trunkline } from '../support/trunkline.ts';
import { waitFor } from '../support/wait-for.ts';
import { type ContainerWitness, watchContainers } from './seeded/container-witness.ts';

/** Ends when its workspace has a file `go`. */
const begins = steps.run('echo begun', 'until [ -e go ]; do sleep 0.2; done');
const pipelines = {
  run: named('run', [begins]),
  build: named('build', [steps.image]),
  trigger: named('trigger', ['- { id: other, trigger: { pipeline: other } }']),
  other: named('other', [begins]),
  approve: named('approve', ['- { id: signoff, approve: { by: [release] } }', steps.run('true')]),
};

/** How a worker loses touch with the others, and comes back. */
const ways = {
  'is stopped past its lease': {
    away: ({ server }: Trunkline) => server.signal('SIGSTOP'),
    back: ({ server }: Trunkline) => server.signal('SIGCONT'),
    stopsByItself: false,
  },
  'has its network to the database cut': {
    away: (_: Trunkline, relay: TcpRelay) => relay.cut(),
    back: (_: Trunkline, relay: TcpRelay) => relay.restore(),
    stopsByItself: true,
  },
};

// A lease of 20 s has to run out: the tests wait for that side by side.
test.concurrent.each(Object.entries(ways))(
  'a worker that %s is followed by another one, whatever the step; back again, it changes nothing',
  { meta: { faults: 1 } },
  async (_, { away, back, stopsByItself }) => {
    await using site = await openSite();
    await using postgres = await startPostgres();
    await using relay = await startTcpRelay(postgres.url);
    await using containers = watchContainers((await dockerEngine()).host);
    await site.commit(cart({ build: [`RUN echo compiling ${Math.random()}; sleep 30`] }));
    const config = site.config({ concurrency: 8 });
    await using first = await site.serve({ config, pipelines, environment: { DATABASE_URL: relay.url } });
    const { token: approver } = await first.api.post<{ token: string }>('/api/v1/tokens', {
      ...{ name: 'rita', scopes: ['run'], roles: ['release'] },
    });
    const { triggered, ...runs } = await beginAll(first);
    const atWork = [triggered, runs.run, runs.build];
    await containers.look();

    away(first, relay);
    const setting = { ...first.setting, environment: { DATABASE_URL: postgres.url } };
    await using second = await startBeside({ ...first, setting });
    await second.api.post(`/api/v1/runs/${runs.approve}/steps/signoff/approve`, {}, approver);
    await waitFor(
      async () => {
        await containers.look();
        return letGo(second, [triggered, runs.run]);
      },
      { what: 'the second one to have them', deadlineMs: 120_000, everyMs: 1_000 },
    );
    for (const id of Object.values(runs)) await second.api.waitForOutcome(id, 'succeeded');
    const before = await stateOf(second);
    back(first, relay);
    const hasSeen = (id: string) =>
      first.server
        .stderr()
        .split('\n')
        .some((line) => line.includes(id) && line.includes('lost the lease'));
    await waitFor(() => atWork.every(hasSeen), { what: 'it to see what it has lost', deadlineMs: 60_000 });

    expect(await stateOf(second)).toEqual(before);
    expect(await containersLeft([...Object.values(runs), triggered])).toBe('');
    if (stopsByItself) await expectEndedBefore(second, containers, [triggered, runs.run]);
    for (const id of atWork) expect((await first.api.run(id)).steps[0]?.attempt).toBe(2);
  },
);

/** All at work or waiting, at the same time. */
async function beginAll({ api }: Trunkline) {
  const trigger = await api.requestRun('trigger');
  const approve = await api.requestRun('approve');
  const other = await waitFor(async () => (await api.runs('other'))[0], { what: 'the triggered run' });
  await api.waitForRun(approve.id, ({ state }) => state === 'waiting', { what: 'the approval' });
  const [run, build] = [await api.requestRun('run'), await api.requestRun('build')];
  const begun = [other.id, run.id].map((id) => api.waitForLog(id, 'begun'));
  await Promise.all([...begun, api.waitForLog(build.id, 'compiling')]);
  return { trigger: trigger.id, approve: approve.id, run: run.id, build: build.id, triggered: other.id };
}

/** Lets the commands of these runs end, where this server works on them. */
async function letGo({ dataDir, api }: Trunkline, runs: readonly string[]): Promise<boolean> {
  for await (const file of glob(join(dataDir, 'workspaces/*/test-*/message.txt')))
    await writeFile(join(dirname(file), 'go'), '');
  const states = await Promise.all(runs.map(async (id) => (await api.run(id)).state));
  return states.every((state) => state === 'ended');
}

/** The first worker's containers were gone before the second worker had their steps in hand. */
async function expectEndedBefore(
  { openStore }: Trunkline,
  containers: ContainerWitness,
  runs: readonly string[],
): Promise<void> {
  await using store = await openStore();
  await containers.look();
  for (const id of runs) {
    const stays = containers.stays().filter(({ run }) => run === id);
    expect(stays).toHaveLength(2);
    const [stay] = stays;
    const { at } = await store.db
      .selectFrom('transition')
      .select('at')
      .where('run_id', '=', id)
      .where('attempt', '=', 2)
      .orderBy('seq')
      .executeTakeFirstOrThrow();
    expect(stay?.endedAt).toBeLessThan(at.getTime());
    expect(stay?.exitCode).toBe(137);
  }
}

/** Everything that a worker writes. */
async function stateOf(trunkline: Trunkline) {
  await using store = await trunkline.openStore();
  const { db } = store;
  return {
    runs: await db.selectFrom('run').selectAll().orderBy('id').execute(),
    steps: await db.selectFrom('step').selectAll().orderBy('run_id').orderBy('position').execute(),
    log: await db.selectFrom('log_chunk').selectAll().orderBy('run_id').orderBy('seq').execute(),
    history: await db.selectFrom('transition').selectAll().orderBy('run_id').orderBy('seq').execute(),
  };
}

async function containersLeft(runs: readonly string[]): Promise<string> {
  const { host } = await dockerEngine();
  const filters = runs.flatMap((id) => ['--filter', `name=${id}`]);
  return runCommand('docker', ['-H', host, 'ps', '--all', '--quiet', ...filters]);
}

function named(name: string, chosen: readonly string[]): string {
  return cartPipeline(chosen, { onCommit: false }).replace('name: cart', `name: ${name}`);
}
