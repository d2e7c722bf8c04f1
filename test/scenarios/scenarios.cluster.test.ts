import { expect, test } from 'vitest';
import { openClusterSite } from '../support/cluster-site.ts';
import { startPostgres } from '../support/postgres.ts';
import { installHook } from '../support/site.ts';
import type { Trunkline } from '../support/trunkline.ts';
import { waitFor } from '../support/wait-for.ts';
import { playScenario } from './play-scenario.ts';
import { readScenarios } from './read-scenario.ts';
import { withPatterns } from './with-patterns.ts';

const scenarios = await readScenarios({ cluster: true });

test.each(scenarios)('$name: $title', async (scenario) => {
  const { pipelines, before, expected } = scenario;
  await using site = await openClusterSite();
  await using postgres = await startPostgres();
  await site.subversion.commit({ files: before });
  await using trunkline = await site.serve({ pipelines, environment: { DATABASE_URL: postgres.url } });
  await installHook(site.subversion, trunkline.url);
  await firstContact(trunkline);

  const { runs, verdicts, log } = await playScenario(scenario, {
    api: trunkline.api,
    tokens: {},
    pipelines: ['cart'],
    async happen(event) {
      if (!('commit' in event)) throw new Error('here only commits happen');
      const revision = await site.subversion.commit({ ...event, files: event.commit });
      return {
        id: await eventOf(trunkline, revision),
        isOwn: (change) => change.revision === String(revision),
      };
    },
    pollMs: 100,
  });

  expect(runs).toMatchObject(expected.runs.map(withPatterns));
  expect(verdicts).toEqual(expected.verdicts);
  for (const text of expected.log) expect(log).toContain(text);
  for (const [service, text] of Object.entries(expected.answers)) {
    await site.answers(text, service);
  }
});

/** From here on commits make runs. */
async function firstContact({ api }: Trunkline): Promise<void> {
  await waitFor(
    async () => {
      const { items } = await api.get<{ items: { state: string }[] }>('/api/v1/repositories');
      return items.every(({ state }) => state === 'ok');
    },
    { what: 'the first contact with the repository' },
  );
}

/** What the hook of a revision came in as. */
async function eventOf({ api }: Trunkline, revision: number): Promise<string> {
  const event = await waitFor(
    async () => {
      const { items } = await api.get<{ items: { id: string; revision: string }[] }>('/api/v1/events');
      return items.find((seen) => seen.revision === String(revision));
    },
    { what: `the hook of r${revision}` },
  );
  return event.id;
}
