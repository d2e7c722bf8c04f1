import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { cart, cartPipeline } from '../support/cart.ts';
import { isDoneApply, openClusterSite } from '../support/cluster-site.ts';
import { runOfCommit } from '../support/site.ts';

const rounds = 40;
/** Longer than a run takes, so that kills fall everywhere in it. */
const longestMs = 12_000;

test('killed -9 at any moment of a run, again and again, the server ends each run once with one apply', {
  meta: { faults: rounds },
}, async () => {
  await using site = await openClusterSite();
  await site.commit(cart());
  await using trunkline = await site.serve({ pipelines: { cart: cartPipeline() } });
  const { api } = trunkline;
  await api.waitForOutcome((await api.requestRun()).id, 'succeeded');

  for (let round = 1; round <= rounds; round += 1) {
    const before = site.apiProxy.requests.length;
    const { generation } = (await site.deployment()).metadata;
    const message = `round ${round}`;
    const revision = await site.commit(cart({ message, readyAfter: 2 }));
    const id = await runOfCommit(site, trunkline, revision);
    const killAfterMs = (longestMs * round) / rounds;
    await delay(killAfterMs);
    await trunkline.server.kill();
    await trunkline.start();
    const run = await api.waitForOutcome(id, 'succeeded', 120_000);

    const at = `killed after ${killAfterMs} ms`;
    expect(site.apiProxy.requests.slice(before).filter(isDoneApply), at).toHaveLength(1);
    expect((await site.deployment()).metadata.generation, at).toBe(generation + 1);
    expect(run.deployments, at).toMatchObject([{ outcome: 'succeeded' }]);
    expect(await site.digestOf('shop/cart', `r${revision}`), at).toBe(run.images[0]?.digest);
    await site.answers(message);
  }
});
