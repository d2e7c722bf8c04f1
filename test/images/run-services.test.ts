import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createDockerConnection } from '../../src/docker/docker-connection.ts';
import { createRegistries } from '../../src/images/registries.ts';
import { startServices } from '../../src/images/run-services.ts';
import { unstopped } from './engine-under-test.ts';
import { type HttpServer, httpServer } from './http-server.ts';

/** An engine whose runtime cannot run a check in a container; it knows that the container has ended from a look on. */
function engineWith({
  status,
  endKnownAtLook,
}: {
  status: number;
  endKnownAtLook: number;
}): Promise<HttpServer> {
  let looks = 0;
  return httpServer(({ method = '', url = '' }, response) => {
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (/\/exec\/.*\/start/.test(url))
      answer(status, { message: 'OCI runtime exec failed: cannot exec in a stopped container: unknown' });
    else if (method === 'DELETE' || url.includes('/start')) response.writeHead(204).end();
    else if (url.includes('/logs')) response.writeHead(200).end();
    else if (method === 'POST') answer(201, { Id: 'one' });
    else if (url.endsWith('/info')) answer(200, { ID: 'engine', NCPU: 1 });
    else answer(200, { State: { Running: ++looks < endKnownAtLook, ExitCode: 4 } });
  });
}

function startOn({ host }: HttpServer) {
  const tools = {
    ...{ connection: createDockerConnection(`tcp://${host}`), registries: createRegistries({}) },
    ...{ logger: pino({ level: 'silent' }), user: { uid: 0, gid: 0 }, seesWorkspaces: async () => true },
  };
  const limits = { cpus: 1, memoryBytes: 2 ** 25, pids: 10 };
  const db = {
    name: 'db',
    image: 'db',
    command: null,
    env: {},
    ready: 'true',
    readyWithinMs: 60_000,
    limits,
  };
  const owner = { run: 'r', step: 's', attempt: 1 };
  return startServices(tools, { owner, services: [db], write: () => undefined }, unstopped);
}

test.each([500, 400])(
  'a service that ends while it is checked has failed, also where the runtime notices it before the engine (%i)',
  async (status) => {
    await using engine = await engineWith({ status, endKnownAtLook: 3 });

    expect(await startOn(engine)).toEqual({
      failed: 'service db ended with exit code 4 before it was ready',
    });
  },
);

test('an engine that cannot run a check in a service that goes on is at fault', async () => {
  await using engine = await engineWith({ status: 500, endKnownAtLook: Number.POSITIVE_INFINITY });

  await expect(startOn(engine)).rejects.toMatchObject({ code: 'docker-unreachable' });
});
