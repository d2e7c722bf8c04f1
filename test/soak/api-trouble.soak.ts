import { setTimeout as outage } from 'node:timers/promises';
import { test } from 'vitest';
import { openClusterSite } from '../support/cluster-site.ts';
import type { TroubleKind } from '../support/http-trouble.ts';
import { startPostgres } from '../support/postgres.ts';
import { runOfCommit } from '../support/site.ts';
import { expectWrittenOnce } from './rollout/expect-once.ts';
import { awaitPhase, changedVersion, firstVersion, phases, pipeline } from './rollout/phases.ts';

const kinds: TroubleKind[] = ['refused', 'reset', 'silent', 'too many requests', 'unavailable', 'expired'];
/** Shorter than what a request is tried for. */
const outageMs = 5_000;

test.concurrent.for(kinds.flatMap((kind) => phases().map((phase) => ({ kind, phase, name: phase.name }))))(
  'an API server whose answer is "$kind" for some seconds during $name only delays it; nothing is applied twice',
  async ({ kind, phase }) => {
    await using site = await openClusterSite();
    await using postgres = await startPostgres();
    await site.commit(firstVersion());
    const environment = { DATABASE_URL: postgres.url };
    await using trunkline = await site.serve({ pipelines: { cart: pipeline }, environment });
    await trunkline.api.waitForOutcome((await trunkline.api.requestRun()).id, 'succeeded', 240_000);
    const before = site.apiProxy.requests.length;
    const moment = awaitPhase(site, phase);
    const id = await runOfCommit(site, trunkline, await site.commit(changedVersion(phase)));
    await moment.reached(trunkline, id);

    await site.apiProxy.begin(kind);
    moment.release();
    await outage(outageMs);
    await site.apiProxy.endTrouble();
    const run = await trunkline.api.waitForOutcome(id, phase.ends, 240_000);

    await expectWrittenOnce(site, { run, before, ends: phase.ends });
  },
);
