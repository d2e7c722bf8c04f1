import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { importBaseImage, pauseImage } from '../base-image.ts';
import { removeEngineRemains } from '../cluster/engine-remains.ts';
import { allProcesses } from '../cluster/running-processes.ts';
import { baseImage, dockerEngine } from '../docker.ts';
import { startRegistry } from '../registry.ts';
import { runCommand } from '../run-command.ts';
import { startSpareEngine } from '../spare-engine.ts';

test('the shared engine runs the base image, and pushes to a registry of the test', async () => {
  const { host } = await dockerEngine();
  const image = await baseImage();
  await using registry = await startRegistry();
  const docker = (...args: string[]) => runCommand('docker', ['-H', host, ...args]);
  const name = `${registry.host}/support/base:1`;

  const printed = await docker('run', '--rm', image, '/bin/sh', '-c', 'echo $((6 * 7))');
  await docker('tag', image, name);
  await docker('push', name);
  await docker('rmi', name);

  expect(printed).toBe('42\n');
  const tags = await fetch(`http://${registry.host}/v2/support/base/tags/list`);
  expect(await tags.json()).toMatchObject({ tags: ['1'] });
});

test('a spare engine begins empty, knows nothing of the shared one, and keeps its images over a stop', async () => {
  await using engine = await startSpareEngine();
  const images = () => runCommand('docker', ['-H', engine.host, 'image', 'ls', '--quiet']);
  const before = await images();

  const image = await importBaseImage(engine.host);
  await engine.stop();
  await engine.start();

  expect(before).toBe('');
  expect(await images()).not.toBe('');
  const run = ['-H', engine.host, 'run', '--rm', '--network=none', image, 'echo', 'alive'];
  expect(await runCommand('docker', run)).toBe('alive\n');
});

test('a spare engine that is killed leaves its containers at work, and ends them when it is back', async () => {
  await using engine = await startSpareEngine();
  const image = await importBaseImage(engine.host);
  const docker = (...args: string[]) => runCommand('docker', ['-H', engine.host, ...args]);
  const id = (
    await docker('run', '--detach', '--stop-timeout=1', '--network=none', image, 'sleep', '99')
  ).trim();
  const pid = Number(await docker('inspect', '--format', '{{.State.Pid}}', id));

  await engine.kill();
  const isAtWork = process.kill(pid, 0);
  await engine.start();

  expect(isAtWork).toBe(true);
  expect(await docker('inspect', '--format', '{{.State.Running}}', id)).toBe('false\n');
});

test('what a killed engine has left is taken away, also a mount that the next one would not know of', async () => {
  await using engine = await startSpareEngine();
  const folder = dirname(new URL(engine.host).pathname);
  const image = await importBaseImage(engine.host);
  const docker = (...args: string[]) => runCommand('docker', ['-H', engine.host, ...args]);
  const id = (await docker('run', '--detach', '--network=none', image, 'sleep', '99')).trim();
  const inspect = async (what: string) => (await docker('inspect', '--format', what, id)).trim();
  const pid = Number(await inspect('{{.State.Pid}}'));
  const root = await inspect('{{.GraphDriver.Data.MergedDir}}');
  await engine.kill();
  const mountsBefore = await readFile('/proc/mounts', 'utf8');

  await removeEngineRemains(folder);

  expect(mountsBefore).toContain(root);
  expect(await readFile('/proc/mounts', 'utf8')).not.toContain(root);
  expect((await allProcesses()).find((process) => process.pid === pid)?.args ?? []).toEqual([]);
  await engine.start();
  expect(await docker('ps', '--all', '--quiet')).toBe('');
});

test('a spare engine leaves the network of the shared one alone', async () => {
  const { host } = await dockerEngine();
  const image = await baseImage();
  await using _spare = await startSpareEngine();

  const printed = await runCommand('docker', [
    '-H',
    host,
    'run',
    '--rm',
    image,
    'ip',
    'address',
    'show',
    'eth0',
  ]);

  expect(printed).toContain('inet ');
});

test('the pause image ends at once when it is asked to', async () => {
  const { host } = await dockerEngine();
  const docker = (...args: string[]) => runCommand('docker', ['-H', host, ...args]);
  const container = (await docker('run', '--detach', await pauseImage(host))).trim();

  await docker('stop', '--time', '30', container);

  // Else it is killed after that time: 137.
  expect(await docker('inspect', '--format', '{{.State.ExitCode}}', container)).toBe('0\n');
  await docker('rm', container);
});
