import { randomUUID } from 'node:crypto';
import type { ContainerRequest } from '../../src/images/container-options.ts';
import { baseImage } from '../support/docker.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type RequestUnderTest = ContainerRequest & AsyncDisposable & { output(): string };

/** Of a script in a container of the base image; `output()` is what came of it so far. */
export async function containerRequest(
  script: string,
  more: Partial<ContainerRequest> = {},
): Promise<RequestUnderTest> {
  const folder = await temporaryFolder();
  const base = await baseImage();
  let text = '';
  return {
    owner: { run: randomUUID(), step: 'test', attempt: 1 },
    image: { name: base, pull: base },
    script,
    env: {},
    workspace: folder.path,
    network: 'none',
    limits: { cpus: 64, memoryBytes: 64 * 2 ** 20, pids: 64 },
    ready: () => Promise.resolve(),
    write(part) {
      text += part;
    },
    output: () => text,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    ...more,
  };
}
