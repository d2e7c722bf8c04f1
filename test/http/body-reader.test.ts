import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createBodyReader } from '../../src/http/body-reader.ts';
import { HttpProblem } from '../../src/http/problem.ts';
import { waitFor } from '../support/wait-for.ts';

const kib = 1024;

test('bodies of strangers take so much memory at a time and no more; small ones are always read', async () => {
  await using server = await startReader({ most: 100 * kib, free: 10 * kib, atOnce: 100 * kib });
  const first = server.open();
  first.write(Buffer.alloc(90 * kib));
  await waitFor(() => server.received() >= 90 * kib, { what: 'the first body' });

  const second = await server.send(Buffer.alloc(60 * kib));
  const small = await server.send(Buffer.alloc(8 * kib));
  first.end(Buffer.alloc(5 * kib));
  const whole = await first.answer;
  const third = await server.send(Buffer.alloc(60 * kib));

  expect(second).toBe('503 too-busy');
  expect(small).toBe(`200 ${8 * kib}`);
  expect(whole).toBe(`200 ${95 * kib}`);
  expect(third).toBe(`200 ${60 * kib}`);
});

test('a body that is too large is refused, with its length or without; who leaves gives back what was taken', async () => {
  await using server = await startReader({ most: 50 * kib, free: 1 * kib, atOnce: 50 * kib });
  const leaver = server.open();
  leaver.write(Buffer.alloc(40 * kib));
  await waitFor(() => server.received() >= 40 * kib, { what: 'the body of who leaves' });
  leaver.leave();
  await waitFor(() => server.failed() === 1, { what: 'that it is noticed' });
  const chunked = server.open();

  const announced = await server.send(Buffer.alloc(51 * kib));
  chunked.end(Buffer.alloc(51 * kib));

  expect(announced).toBe('413 body-too-large');
  expect(await chunked.answer).toBe('413 body-too-large');
  expect(await server.send(Buffer.alloc(50 * kib))).toBe(`200 ${50 * kib}`);
});

async function startReader(limits: Parameters<typeof createBodyReader>[0]) {
  const readBody = createBodyReader(limits);
  let received = 0;
  let failed = 0;
  const server = createServer(async (incoming, answer) => {
    incoming.on('data', ({ length }: Buffer) => {
      received += length;
    });
    try {
      const body = await readBody(incoming);
      answer.end(`200 ${body.length}`);
    } catch (error) {
      failed += 1;
      answer.end(error instanceof HttpProblem ? `${error.facts.status} ${error.facts.code}` : 'left');
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const open = (headers: Record<string, string> = {}) => {
    const sent = request({ port, host: '127.0.0.1', method: 'POST', headers, agent: false });
    const { promise: answer, resolve } = Promise.withResolvers<string>();
    sent
      .on('error', () => resolve('cut'))
      .on('response', async (response) => {
        resolve(Buffer.concat(await response.toArray()).toString());
      });
    sent.flushHeaders();
    return {
      write: (part: Buffer) => void sent.write(part),
      end: (part: Buffer) => void sent.end(part),
      leave: () => void sent.destroy(),
      answer,
    };
  };
  return {
    open,
    send(body: Buffer) {
      const sending = open({ 'content-length': `${body.length}` });
      sending.end(body);
      return sending.answer;
    },
    received: () => received,
    failed: () => failed,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
