import { expect, test } from 'vitest';
import { openClusterSite } from '../support/cluster-site.ts';
import { startPostgres } from '../support/postgres.ts';
import { installHook } from '../support/site.ts';
import type { Trunkline } from '../support/trunkline.ts';
import { waitFor } from '../support/wait-for.ts';
import { readScenarios } from './read-scenario.ts';

const scenarios = await readScenarios();

test.each(scenarios)('$name: $title', async ({ pipeline, before, events, expected }) => {
  await using site = await openClusterSite();
  await using postgres = await startPostgres();
  await site.subversion.commit({ files: before });
  await using trunkline = await site.serve({
    pipelines: { cart: pipeline },
    environment: { DATABASE_URL: postgres.url },
  });
  const { api } = trunkline;
  await installHook(site.subversion, trunkline.url);
  await firstContact(trunkline);
  const verdicts: string[] = [];

  for (const event of events) {
    if ('commit' in event) {
      const revision = await site.subversion.commit({ files: event.commit });
      verdicts.push(...(await verdictsOn(trunkline, revision)));
    } else {
      await api.post('/api/v1/pipelines/cart/runs', { branch: event.request });
    }
    for (const { id } of await api.runs()) await api.waitForEnd(id, 90_000);
  }

  const runs = await Promise.all((await api.runs()).map(({ id }) => api.run(id)));
  const log = await api.log(runs.at(-1)?.id ?? '');
  expect(runs).toMatchObject(expected.runs);
  expect(verdicts).toEqual(expected.verdicts);
  for (const text of expected.log) expect(log).toContain(text);
  for (const [service, text] of Object.entries(expected.answers)) {
    expect(await site.answer(service)).toBe(text);
  }
});

/** From here on commits make runs. */
async function firstContact({ api }: Trunkline): Promise<void> {
  await waitFor(
    async () => {
      const { items } = await api.get<{ items: { state: string }[] }>('/api/v1/repositories');
      return items.every(({ state }) => state === 'ok');
    },
    { what: 'the first contact with the repository', deadlineMs: 30_000 },
  );
}

/** What the pipeline made of the branches that a revision moved. */
async function verdictsOn({ api }: Trunkline, revision: number): Promise<string[]> {
  const event = await waitFor(
    async () => {
      const { items } = await api.get<{ items: { id: string; revision: string; state: string }[] }>(
        '/api/v1/events',
      );
      return items.find((seen) => seen.revision === String(revision) && seen.state === 'handled');
    },
    { what: `r${revision} to be handled`, deadlineMs: 30_000 },
  );
  // A hook is handled once the watcher has it; what it announced is stored when the repository has told of it.
  const changes = await waitFor(
    async () => {
      const { changes: all } = await api.event(event.id);
      const own = all.filter((change) => change.revision === String(revision));
      return own.length > 0 && own;
    },
    { what: `the changes of r${revision}`, deadlineMs: 30_000 },
  );
  return changes.flatMap(({ decisions }) => decisions.map(({ verdict }) => verdict));
}
