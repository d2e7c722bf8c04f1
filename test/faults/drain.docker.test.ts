import { expect, test } from 'vitest';
import { cart, cartPipeline, steps } from '../support/cart.ts';
import { runCommand } from '../support/run-command.ts';
import { openSite, type Site } from '../support/site.ts';
import { embeddedPostgresPid } from '../support/trunkline.ts';
import { waitFor } from '../support/wait-for.ts';

const second = "- { id: second, run: { image: 'trunkline-test/base:1', commands: ['echo second step'] } }";

test('SIGTERM lets the step in hand finish, ends database and all, and the next start does the rest', {
  meta: { faults: 1 },
}, async () => {
  await using site = await openSite();
  await site.commit(cart());
  await using trunkline = await site.serve({
    pipelines: { cart: cartPipeline([steps.run('echo begun', 'sleep 4', 'echo finished'), second]) },
  });
  const { api, server, dataDir } = trunkline;
  const { id } = await api.requestRun();
  await api.waitForLog(id, 'begun');

  server.signal('SIGTERM');
  const end = await server.ended;

  expect(end).toEqual({ exitCode: 0, signal: null });
  expect(await embeddedPostgresPid(dataDir)).toBeUndefined();
  expect(await containersOf(site, id)).toBe('');

  await trunkline.start();
  const run = await api.waitForOutcome(id, 'succeeded');

  expect(run.steps.map(({ attempt }) => attempt)).toEqual([1, 1]);
  expect(occurrences(await api.log(id), /^finished$/gm)).toBe(1);
});

test('a second signal, after that of a closed terminal, ends at once and leaves nothing running; the next start repeats the step', {
  meta: { faults: 1 },
}, async () => {
  await using site = await openSite();
  await site.commit(cart());
  await using trunkline = await site.serve({
    pipelines: { cart: cartPipeline([steps.run('echo begun', 'sleep 20'), second]) },
  });
  const { api, server, dataDir } = trunkline;
  const { id } = await api.requestRun();
  await api.waitForLog(id, 'begun');

  server.signal('SIGHUP');
  await waitFor(() => server.stderr().includes('draining'), { what: 'the server to drain' });
  const asked = performance.now();
  server.signal('SIGTERM');
  const end = await server.ended;

  expect(end).toEqual({ exitCode: 0, signal: null });
  expect(performance.now() - asked).toBeLessThan(10_000);
  expect(await embeddedPostgresPid(dataDir)).toBeUndefined();
  expect(await containersOf(site, id)).toBe('');

  await trunkline.start();
  const run = await api.waitForOutcome(id, 'succeeded');

  expect(run.steps.map(({ attempt }) => attempt)).toEqual([2, 1]);
});

function containersOf(site: Site, runId: string): Promise<string> {
  const { docker } = site.config() as { docker: { host: string } };
  return runCommand('docker', ['-H', docker.host, 'ps', '--all', '--quiet', '--filter', `name=${runId}`]);
}

function occurrences(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
