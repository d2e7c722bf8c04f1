import { expect, test } from 'vitest';
import { baseImage, dockerEngine } from '../docker.ts';
import { kubernetes } from '../kubernetes.ts';
import { clusterRegistry } from '../registry.ts';
import { runCommand } from '../run-command.ts';
import { waitFor } from '../wait-for.ts';

test('a pod pulls its image from the registry of the test, runs, and has a log', async () => {
  const { host } = await dockerEngine();
  await using registry = await clusterRegistry();
  const { kubectl, makeNamespace } = await kubernetes();
  await using namespace = await makeNamespace();
  const image = `${registry.host}/${namespace.name}/base:1`;
  const docker = (...args: string[]) => runCommand('docker', ['-H', host, ...args]);
  await docker('tag', await baseImage(), image);
  await docker('push', image);
  await docker('rmi', image);

  await kubectl(
    '-n',
    namespace.name,
    'run',
    'hello',
    '--image',
    image,
    '--restart=Never',
    '--',
    'echo',
    'hello',
  );
  const phase = () => kubectl('-n', namespace.name, 'get', 'pod/hello', '-o', 'jsonpath={.status.phase}');
  await waitFor(async () => (await phase()) === 'Succeeded', { what: 'the pod to end', deadlineMs: 60_000 });

  expect(await kubectl('-n', namespace.name, 'logs', 'pod/hello')).toBe('hello\n');
});
