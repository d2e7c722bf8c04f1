import { getEventListeners } from 'node:events';
import type { IncomingMessage, RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { createDockerConnection } from '../../src/docker/docker-connection.ts';
import { sendRequest } from '../../src/outgoing/send-request.ts';
import { httpServer } from '../images/http-server.ts';
import { waitFor } from '../support/wait-for.ts';

const answersWhole: RequestListener = (_, response) => void response.end('the whole answer');

type Send = (host: string, signal: AbortSignal) => Promise<IncomingMessage>;

const ways: { way: string; send: Send }[] = [
  { way: 'an HTTP server', send: (host, signal) => sendRequest(`http://${host}/`, { signal }) },
  {
    way: 'a Docker engine',
    send: (host, signal) =>
      createDockerConnection(`tcp://${host}`).dial({ method: 'GET', path: '/events', signal }),
  },
  {
    way: 'a Docker engine through dockerode',
    async send(host, abortSignal) {
      const docker = await createDockerConnection(`tcp://${host}`).lasting();
      return (await docker.getEvents({ abortSignal })) as IncomingMessage;
    },
  },
];

test.each(ways)(
  'what has come from $way and is not read yet is lost by an abort, nothing else',
  async ({ send }) => {
    await using server = await httpServer(answersWhole);
    const stop = new AbortController();
    const answer = await send(server.host, stop.signal);
    await waitFor(() => answer.complete, { what: 'the answer to have come' });

    stop.abort();

    await expect(text(answer)).rejects.toMatchObject({ name: 'AbortError' });
    expect(await text(await send(server.host, new AbortController().signal))).toBe('the whole answer');
  },
);

test.each(ways)('an abort while $way still answers ends the reading', async ({ send }) => {
  await using server = await httpServer((_, response) => void response.write('a part'));
  const stop = new AbortController();
  const answer = await send(server.host, stop.signal);
  const read = text(answer);

  stop.abort();

  await expect(read).rejects.toMatchObject({ name: 'AbortError' });
});

test.each(ways)('an abort before $way answers ends the request', async ({ send }) => {
  await using server = await httpServer(() => undefined);
  const stop = new AbortController();
  const asked = send(server.host, stop.signal);
  await waitFor(() => server.requests.length === 1, { what: 'the request to come' });

  stop.abort();

  await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
});

test.each(ways)('a signal that outlives its requests to $way keeps nothing of them', async ({ send }) => {
  await using server = await httpServer(answersWhole);
  const { signal } = new AbortController();

  await text(await send(server.host, signal));
  await send('127.0.0.1:1', signal).catch(() => undefined);

  await waitFor(() => getEventListeners(signal, 'abort').length === 0, {
    what: 'the signal to be let go of',
  });
});

const speaksAnother: RequestListener = (_, response) =>
  void response.writeHead(101, { connection: 'upgrade', upgrade: 'tcp' }).end();

test.each(ways)('$way that goes on in another protocol is no answer', async ({ send }) => {
  await using server = await httpServer(speaksAnother);

  const asked = send(server.host, new AbortController().signal);

  await expect(asked).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test.each(['http://[::nonsense', 'nonsense://elsewhere/', 'http://127.0.0.1:1/'])(
  'a Docker engine that sends us on to %s is not followed',
  async (location) => {
    await using server = await httpServer((_, response) => void response.writeHead(302, { location }).end());

    const asked = createDockerConnection(`tcp://${server.host}`).ask((docker) => docker.info());

    await expect(asked).rejects.toMatchObject({ statusCode: 302 });
  },
);

test('a Docker engine that breaks off in the middle of an answer is no longer waited for', async () => {
  await using server = await httpServer((_, response) => {
    response.writeHead(200, { 'content-length': 1_000 }).write('{"ID":');
    response.socket?.end();
  });

  const asked = createDockerConnection(`tcp://${server.host}`).ask((docker) => docker.info());

  await expect(asked).rejects.toMatchObject({ code: 'ECONNRESET' });
});
