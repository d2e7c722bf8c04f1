import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { orphanProcesses } from '../faults/seeded/orphan-processes.ts';
import { cart, cartPipeline, steps } from '../support/cart.ts';
import { type ClusterSite, isDoneApply, openClusterSite } from '../support/cluster-site.ts';
import { dockerEngine } from '../support/docker.ts';
import { killWhole } from '../support/kill-whole.ts';
import { runCommand } from '../support/run-command.ts';
import { drawsOfThisRun } from '../support/seed.ts';
import { runOfCommit } from '../support/site.ts';
import { embeddedPostgresPid, type Trunkline } from '../support/trunkline.ts';
import { waitFor } from '../support/wait-for.ts';

const rounds = 15;
/** Longer than a run takes, in ms, so that ends fall everywhere in it, and between runs. */
const moments = Array.from({ length: 60 }, (_, index) => 250 * index);
const draws = drawsOfThisRun();

const ways = {
  'killed -9 with its PostgreSQL and all children': (server: Trunkline) => killWhole(server, false),
  'killed -9 with its PostgreSQL, whose backends find out': (server: Trunkline) => killWhole(server, true),
  'ended with SIGTERM': endInOrder,
};

test.concurrent.for(Object.entries(ways))(
  'a server that is %s at any moment of a run, again and again, ends each run once and leaves nothing',
  async ([name, end]) => {
    await using site = await openClusterSite();
    await site.commit(cart());
    const pipelines = { cart: cartPipeline([steps.run('sleep 1'), steps.image, steps.push, steps.staging]) };
    await using trunkline = await site.serve({ pipelines });
    const { api } = trunkline;
    await api.waitForOutcome((await api.requestRun()).id, 'succeeded', 240_000);

    for (let round = 1; round <= rounds; round += 1) {
      const before = site.apiProxy.requests.length;
      const { generation } = (await site.deployment()).metadata;
      const message = `round ${round}`;
      const revision = await site.commit(cart({ message, readyAfter: 2 }));
      const id = await runOfCommit(site, trunkline, revision);
      const afterMs = draws.oneOf(moments);
      process.stdout.write(`seed ${draws.seed}: round ${round}, ${name} after ${afterMs} ms\n`);
      await delay(afterMs);
      await end(trunkline);
      await trunkline.start();
      const run = await api.waitForOutcome(id, 'succeeded', 240_000);

      const at = `${name} after ${afterMs} ms`;
      expect(site.apiProxy.requests.slice(before).filter(isDoneApply), at).toHaveLength(1);
      expect((await site.deployment()).metadata.generation, at).toBe(generation + 1);
      expect(run.deployments, at).toMatchObject([{ outcome: 'succeeded' }]);
      expect(await site.digestOf('shop/cart', `r${revision}`), at).toBe(run.images[0]?.digest);
      expect(
        (await api.runs()).filter((one) => one.revision === String(revision)),
        at,
      ).toHaveLength(1);
      await site.answers(message);
      await waitFor(async () => (await leftOf(site, trunkline, id)).length === 0, {
        what: `nothing to be left, ${at}: ${await leftOf(site, trunkline, id)}`,
        deadlineMs: 60_000,
      });
    }
  },
);

async function endInOrder({ server, dataDir }: Trunkline): Promise<void> {
  server.signal('SIGTERM');
  expect(await server.ended).toEqual({ exitCode: 0, signal: null });
  expect(await embeddedPostgresPid(dataDir)).toBeUndefined();
}

/** Processes, trees, containers and networks of a run that has ended. */
async function leftOf(site: ClusterSite, trunkline: Trunkline, runId: string): Promise<string[]> {
  const { host } = await dockerEngine();
  const postgres = await embeddedPostgresPid(trunkline.dataDir);
  const ofRun = ['--quiet', '--filter', `name=${runId}`];
  const left = [
    ...(await orphanProcesses({ servers: [trunkline], site })).filter(
      (line) => !line.startsWith(`${postgres} `),
    ),
    ...(await foldersIn(join(trunkline.dataDir, 'workspaces'))),
    await runCommand('docker', ['-H', host, 'ps', '--all', ...ofRun]),
    await runCommand('docker', ['-H', host, 'network', 'ls', ...ofRun]),
  ];
  return left.filter((line) => line.trim() !== '');
}

async function foldersIn(path: string): Promise<string[]> {
  return (await readdir(path).catch(() => [])).map((name) => join(path, name));
}
