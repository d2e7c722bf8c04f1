import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { followLog, type MarkedLine } from '../../../src/clusters/kubernetes/container-log.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startApiServer } from './api-server.ts';
import { lasts } from './rollouts-under-test.ts';

const line = (second: number, text: string) => `2026-01-02T00:00:0${second}Z ${text}\n`;

test('a container may be silent for longer than any call may take: its log is still followed, on the same connection', async () => {
  const streams: ServerResponse[] = [];
  const patience = { attemptMs: 50, totalMs: 100 };
  await using server = await startApiServer((_, answer) => {
    streams.push(answer.writeHead(200));
    answer.flushHeaders();
  }, patience);
  const lines: MarkedLine[] = [];
  const stop = new AbortController();
  const target = {
    ...{ path: '/api/v1/namespaces/shop/pods/cart-1/log', container: 'api', after: undefined },
    isOver: () => false,
  };

  const following = followLog(server.api, target, {
    onLine: (one) => lines.push(one),
    signal: stop.signal,
  });
  const stream = await waitFor(() => streams[0], { what: 'the stream', deadlineMs: 60_000 });
  stream.write(line(1, 'serving'));
  await waitFor(() => lines.length === 1, { what: 'the first line', deadlineMs: 60_000 });
  await lasts(1);
  stream.write(line(2, 'still serving'));
  await waitFor(() => lines.length === 2, { what: 'a line after the silence', deadlineMs: 60_000 });
  stop.abort();

  await expect(following).rejects.toThrow();
  expect(lines.map(({ text }) => text)).toEqual(['serving', 'still serving']);
  expect(streams).toHaveLength(1);
});

test('what a node says in place of a log is no line of the container, and the log is asked for again', async () => {
  const answers = ['failed to create fsnotify watcher: too many open files', line(1, 'serving')];
  await using server = await startApiServer((_, answer) => {
    answer.writeHead(200).end(answers.shift() ?? '');
  });

  const lines = await linesOfEnded(server);

  expect(lines.map(({ text }) => text)).toEqual(['serving']);
  expect(server.requests).toHaveLength(2);
});

test('a log that its node cannot read ends all the same, once its container has', async () => {
  await using server = await startApiServer((_, answer) => {
    answer.writeHead(200).end('unable to retrieve container logs for docker://6f2a');
  });

  const lines = await linesOfEnded(server);

  expect(lines).toEqual([]);
});

/** Of a container that has ended, as they are read by who follows its log. */
async function linesOfEnded({ api }: Awaited<ReturnType<typeof startApiServer>>): Promise<MarkedLine[]> {
  const lines: MarkedLine[] = [];
  const target = {
    ...{ path: '/api/v1/namespaces/shop/pods/cart-1/log', container: 'api', after: undefined },
    isOver: () => true,
  };
  await followLog(api, target, {
    onLine: (one) => lines.push(one),
    signal: AbortSignal.timeout(60_000),
  });
  return lines;
}
