import { expect, test } from 'vitest';
import { createDockerConnection } from '../../src/docker/docker-connection.ts';
import { removeNetwork } from '../../src/images/remove-containers.ts';
import { httpServer } from './http-server.ts';

test('an engine that is being stopped, and greets nobody any more, is not asked to remove a network', async () => {
  const asked: string[] = [];
  await using engine = await httpServer(({ method = '', url = '' }, response) => {
    asked.push(`${method} ${url}`);
    if (url === '/_ping') response.destroy();
    else response.writeHead(204).end();
  });

  await expect(removeNetwork(createDockerConnection(`tcp://${engine.host}`), 'net')).rejects.toThrow();

  expect(asked).toEqual(['GET /_ping']);
});
