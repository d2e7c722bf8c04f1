import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { baseImage, dockerEngine } from '../support/docker.ts';
import { relayConnections } from '../support/relay-connections.ts';
import { runCommand } from '../support/run-command.ts';
import { startSocketProxy } from '../support/socket-proxy.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { containerRequest } from './container-request.ts';
import { engineUnderTest, unstopped } from './engine-under-test.ts';

/** The shared engine behind a connection that can be cut, as if the engine had died. */
async function cuttableEngine() {
  const path = (await dockerEngine()).host.replace('unix://', '');
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ path, allowHalfOpen: true });
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined));
    client.on('close', () => upstream.destroy()).pipe(upstream);
    upstream.on('close', () => client.destroy()).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  const host = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, cut, [Symbol.dispose]: cut };
}

/** The shared engine behind a socket that stays open while one engine ends and the next begins, as systemd's does. */
async function heldSocket() {
  const target = (await dockerEngine()).host;
  const open = new Set<Socket>();
  const waiting: Socket[] = [];
  let isHeld = false;
  const forward = (socket: Socket) =>
    relayConnections(socket, connect({ path: target.replace('unix://', ''), allowHalfOpen: true }), open);
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    if (isHeld) waiting.push(socket.on('error', () => undefined));
    else forward(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** The engine has closed its own end: new connections wait for the next one. */
    hold() {
      isHeld = true;
    },
    waiting: () => waiting.length,
    /** The engine has gone, with its connections; the next one answers. */
    handOver() {
      isHeld = false;
      for (const socket of open) socket.destroy();
      for (const socket of waiting) forward(socket);
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of [...open, ...waiting]) socket.destroy();
      await closed;
    },
  };
}

test.each(['build', 'run'] as const)('an engine that dies during a %s is a retryable fault', async (work) => {
  using proxy = await cuttableEngine();
  await using tested = await engineUnderTest({ host: proxy.host });
  await using real = await engineUnderTest();
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'Dockerfile'), `FROM ${await baseImage()}\nRUN echo begun; sleep 1000\n`);
  let log = '';
  const write = (text: string) => {
    log += text;
  };
  const owner = { run: folder.path.replaceAll('/', '-'), step: 'test', attempt: 1 };
  const image = { name: await baseImage(), pull: null };
  const limits = { cpus: 1, memoryBytes: 2 ** 25, pids: 10 };
  const container = { owner, image, env: {}, workspace: folder.path, network: 'none', limits, write };
  const build = { folder: folder.path, dockerfile: 'Dockerfile', args: {}, target: null, labels: {}, write };

  const working: Promise<unknown> =
    work === 'build'
      ? tested.engine.build(build, unstopped)
      : tested.engine.runContainer(
          { ...container, script: 'echo begun; sleep 1000', ready: async () => undefined },
          unstopped,
        );
  working.catch(() => undefined);
  await waitFor(() => /^(#\d+ )?begun$/m.test(log), { what: 'the first output', deadlineMs: 30_000 });
  proxy.cut();

  await expect(working).rejects.toMatchObject({ code: 'docker-unreachable', isRetryable: true });
  await real.engine.removeStaleContainers(({ run }) => run === owner.run, unstopped);
});

test('an engine that ends a container because it shuts down is told from the next one behind the same socket', async () => {
  await using socket = await heldSocket();
  await using tested = await engineUnderTest({ host: socket.host });
  await using real = await engineUnderTest();
  await using folder = await temporaryFolder();
  const owner = { run: folder.path.replaceAll('/', '-'), step: 'test', attempt: 1 };
  let log = '';

  const working = tested.engine.runContainer(
    {
      ...{ owner, image: { name: await baseImage(), pull: null }, env: {}, workspace: folder.path },
      ...{ network: 'none', limits: { cpus: 1, memoryBytes: 2 ** 25, pids: 10 } },
      script: 'echo begun; sleep 1000',
      ready: async () => undefined,
      write: (text) => {
        log += text;
      },
    },
    unstopped,
  );
  working.catch(() => undefined);
  await waitFor(() => log.includes('begun'), { what: 'the first output', deadlineMs: 30_000 });
  socket.hold();
  const container = await real.docker('ps', '--quiet', '--filter', `name=${owner.run}`);
  await real.docker('kill', container.trim());
  await waitFor(() => socket.waiting() > 0, { what: 'a new connection', deadlineMs: 60_000 });
  socket.handOver();

  await expect(working).rejects.toMatchObject({ code: 'docker-unreachable', isRetryable: true });
  await real.engine.removeStaleContainers(({ run }) => run === owner.run, unstopped);
});

test('a failed build leaves nothing that keeps its process alive', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'Dockerfile'), 'FROM scratch\nCOPY nowhere /\n');
  const { host } = await dockerEngine();
  const script = `
    const { engineUnderTest, unstopped } = await import(${JSON.stringify(join(import.meta.dirname, 'engine-under-test.ts'))});
    const { engine } = await engineUnderTest({ host: ${JSON.stringify(host)} });
    const request = { folder: ${JSON.stringify(folder.path)}, dockerfile: 'Dockerfile', args: {}, target: null, labels: {} };
    console.log((await engine.build({ ...request, write: () => undefined }, unstopped)).kind);
  `;

  const printed = await runCommand(process.execPath, ['--input-type=module', '-e', script], {
    deadlineMs: 60_000,
  });

  expect(printed).toBe('failed\n');
});

test('what was left to be removed later can be tried again when the engine is away just then', async () => {
  await using proxy = await startSocketProxy((await dockerEngine()).host);
  await using tested = await engineUnderTest({ host: proxy.host });
  const { promise: left, resolve } = Promise.withResolvers<() => Promise<void>>();
  await using request = await containerRequest('true', { leave: resolve });
  await tested.engine.runContainer(request, unstopped);
  const remove = await left;

  await proxy.cut();
  await expect(remove()).rejects.toThrow();
  await proxy.restore();
  await remove();

  const label = `label=io.trunkline.run=${request.owner.run}`;
  expect(await tested.docker('ps', '--all', '--quiet', '--filter', label)).toBe('');
});
