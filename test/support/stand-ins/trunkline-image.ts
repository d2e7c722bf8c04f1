import { join } from 'node:path';
import { pino } from 'pino';
import { createDockerEngine } from '../../../src/images/docker-engine.ts';
import { createRegistries } from '../../../src/images/registries.ts';
import { runCommand } from '../run-command.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const name = 'trunkline-test/trunkline:current';

/**
 * The image of Trunkline, by the Dockerfile of this clone, which Trunkline builds itself: the docker CLI has its quick
 * builder in some versions only. To be called while the engine has `standInImages`. It stays on the engine, so that the
 * next build is short.
 */
export async function trunklineImage(engine: string): Promise<string> {
  const docker = (...args: string[]) => runCommand('docker', ['-H', engine, ...args]);
  const idOf = async () => (await docker('image', 'ls', '--quiet', '--no-trunc', name)).trim();
  await using folder = await temporaryFolder();
  const ours = createDockerEngine({
    docker: { host: engine, builder: 'buildkit' },
    registries: createRegistries({}),
    logger: pino({ level: 'silent' }),
    folder: folder.path,
  });
  const output: string[] = [];
  const request = {
    ...{ folder: join(import.meta.dirname, '../../..'), dockerfile: 'Dockerfile', target: null },
    ...{ args: {}, labels: {}, write: (text: string) => output.push(text) },
  };
  const result = await ours.build(request, AbortSignal.timeout(900_000));
  if (result.kind === 'failed') throw new Error(`${result.reason}\n${output.join('')}`);
  const before = await idOf();
  await docker('tag', result.imageId, name);
  // A pod of another test may still use it.
  if (before !== '' && before !== result.imageId) await docker('rmi', before).catch(() => undefined);
  return name;
}
