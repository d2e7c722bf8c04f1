import { expect, test } from 'vitest';
import { importBaseImage } from '../support/base-image.ts';
import { cart, cartPipeline, steps } from '../support/cart.ts';
import { baseImage, dockerEngine } from '../support/docker.ts';
import type { ProxiedRequest } from '../support/http-proxy.ts';
import { startPostgres } from '../support/postgres.ts';
import { runCommand } from '../support/run-command.ts';
import { openSite, type Site } from '../support/site.ts';
import { startSpareEngine } from '../support/spare-engine.ts';

/** Ends at once when it is asked to, so soon that the engine still tells with which exit code. */
const endsWith = (exitCode: number) =>
  `trap 'exit ${exitCode}' TERM; echo begun; sleep 25 & wait $!; echo finished`;
const neverReady = [
  '/bin/sh',
  '-c',
  "trap 'exit 0' TERM; sleep 25 & wait $!; touch /ready; sleep 99 & wait $!",
];
const service = { image: 'trunkline-test/base:1', command: neverReady, ready: 'test -f /ready' };

test('an engine that is restarted is our fault in whatever step: told in one line, and the step done again', {
  meta: { faults: 1 },
}, async () => {
  await using engine = await startSpareEngine();
  await importBaseImage(engine.host);
  await using site = await openSite();
  await using postgres = await startPostgres();
  const files = cart({ message: `${Math.random()}`, build: [`RUN ${endsWith(1)}`] });
  const plain = { Plain: 'FROM trunkline-test/base:1\nCOPY message.txt /\n' };
  const revision = await site.commit({ ...files, ...plain });
  const pulled = await pushedElsewhere(site);
  const pipelines = {
    build: [steps.image],
    well: [steps.run(endsWith(0))],
    badly: [steps.run(endsWith(143))],
    services: [
      steps.run('true').replace('commands:', `services: ${JSON.stringify({ db: service })}, commands:`),
    ],
    pull: [steps.run('true').replace('trunkline-test/base:1', pulled)],
    push: [steps.image.replace('context: .', 'context: ., dockerfile: Plain'), steps.push],
  };
  const names = Object.keys(pipelines);
  await using trunkline = await site.serve({
    pipelines: Object.fromEntries(
      Object.entries(pipelines).map(([name, chosen]) => [name, named(name, chosen)]),
    ),
    config: site.config({ docker: { host: engine.host, builder: 'classic' }, concurrency: names.length }),
    environment: { DATABASE_URL: postgres.url },
  });
  const { api } = trunkline;
  const holds = [site.registryProxy.hold(isBlobGet), site.registryProxy.hold(isManifestPut)];
  const runs = new Map<string, string>();
  const idOf = (name: string) => runs.get(name) ?? '';
  // Those that are held first: the others go on by themselves after some seconds.
  for (const name of ['push', 'pull']) runs.set(name, (await api.requestRun(name)).id);
  await Promise.all(holds.map((one) => one.reached));
  const working = ['build', 'well', 'badly', 'services'];
  await Promise.all(working.map(async (name) => runs.set(name, (await api.requestRun(name)).id)));
  const says = (name: string) => (name === 'services' ? 'starting db' : 'begun');
  await Promise.all(working.map((name) => api.waitForLog(idOf(name), says(name))));

  await engine.stop();
  for (const hold of holds) hold.release();
  await engine.start();

  for (const name of names) {
    const { steps: done } = await api.waitForOutcome(idOf(name), 'succeeded');
    const log = await api.log(idOf(name));
    const told = log.split('\n').filter((line) => line.includes('the Docker engine at'));
    expect(told[0], log).toMatch(/^the Docker engine at .* (went away|did not answer).*: trying again in/);
    expect(done.at(-1)?.attempt, log).toBeGreaterThan(1);
  }
  const pushed = site.registryProxy.requests.filter((one) => isManifestPut(one) && one.status === 201);
  const { images } = await api.run(idOf('push'));
  expect(pushed).toHaveLength(1);
  expect(await site.digestOf('shop/cart', `r${revision}`)).toBe(images[0]?.digest);
  expect(await runCommand('docker', ['-H', engine.host, 'ps', '--all', '--quiet'])).toBe('');
});

function isBlobGet({ method, path }: ProxiedRequest): boolean {
  return method === 'GET' && path.includes('/blobs/');
}

function isManifestPut({ method, path }: ProxiedRequest): boolean {
  return method === 'PUT' && path.includes('/shop/cart/manifests/');
}

function named(name: string, chosen: readonly string[]): string {
  return cartPipeline(chosen, { onCommit: false }).replace('name: cart', `name: ${name}`);
}

/** @returns the name of an image that a spare engine has to pull: another one's, although made of the same files */
async function pushedElsewhere({ registryProxy }: Site): Promise<string> {
  const name = `${registryProxy.host}/shop/tools:1`;
  const { host } = await dockerEngine();
  const docker = (...args: string[]) => runCommand('docker', ['-H', host, ...args]);
  await docker('tag', await baseImage(), name);
  await docker('push', name);
  return name;
}
