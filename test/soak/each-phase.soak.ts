import { expect, test } from 'vitest';
import { openClusterSite } from '../support/cluster-site.ts';
import { startPostgres } from '../support/postgres.ts';
import { runOfCommit } from '../support/site.ts';
import { startBeside } from '../support/trunkline.ts';
import { waitFor } from '../support/wait-for.ts';
import { expectWrittenOnce, stateOf } from './rollout/expect-once.ts';
import { awaitPhase, changedVersion, firstVersion, phases, pipeline } from './rollout/phases.ts';

for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
  test.concurrent.for(phases())(
    `a worker that gets ${signal} during $name is followed by another one, which applies nothing twice`,
    async (phase) => {
      await using site = await openClusterSite();
      await using postgres = await startPostgres();
      await site.commit(firstVersion());
      const environment = { DATABASE_URL: postgres.url };
      await using first = await site.serve({ pipelines: { cart: pipeline }, environment });
      await first.api.waitForOutcome((await first.api.requestRun()).id, 'succeeded', 240_000);
      const before = site.apiProxy.requests.length;
      const moment = awaitPhase(site, phase);
      const id = await runOfCommit(site, first, await site.commit(changedVersion(phase)));
      await moment.reached(first, id);

      if (signal === 'SIGKILL') await first.server.kill();
      else first.server.signal('SIGSTOP');
      await using second = await startBeside(first);
      if (signal === 'SIGKILL') moment.release();
      const run = await second.api.waitForOutcome(id, phase.ends, 240_000);
      const ended = await stateOf(site);
      if (signal === 'SIGSTOP') {
        moment.release();
        first.server.signal('SIGCONT');
        const what = 'the continued worker to notice';
        await waitFor(() => first.server.stderr().includes('lost the lease'), { what, deadlineMs: 60_000 });
      }

      await expectWrittenOnce(site, { run, before, ends: phase.ends });
      expect(await stateOf(site)).toEqual(ended);
    },
  );
}
