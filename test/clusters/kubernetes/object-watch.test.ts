import { readdir } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { ObjectWatch } from '../../../src/clusters/kubernetes/object-watch.ts';
import { waitFor } from '../../support/wait-for.ts';
import { answerJson, startApiServer } from './api-server.ts';

const target = { path: '/api/v1/namespaces/shop/pods', query: {} };

function pod(name: string, resourceVersion: string) {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, uid: name, resourceVersion } };
}

function list(resourceVersion: string, ...items: object[]) {
  return { apiVersion: 'v1', kind: 'PodList', metadata: { resourceVersion }, items };
}

function send(stream: ServerResponse, type: string, object: object): void {
  stream.write(`${JSON.stringify({ type, object })}\n`);
}

const names = (watch: ObjectWatch) => watch.objects.map(({ metadata }) => metadata.name).join();

test('lists, follows, and goes on from the last version it saw when a stream ends', async () => {
  const streams: ServerResponse[] = [];
  await using server = await startApiServer((request, answer) => {
    if (!request.url?.includes('watch='))
      answerJson(answer, 200, list('5', { metadata: pod('a', '1').metadata }));
    else streams.push(answer.writeHead(200));
  });
  const watch = new ObjectWatch(server.api, target, () => undefined).start();

  const first = await waitFor(() => streams[0], { what: 'the first stream' });
  send(first, 'ADDED', pod('b', '6'));
  send(first, 'DELETED', pod('a', '7'));
  send(first, 'BOOKMARK', { apiVersion: 'v1', kind: 'Pod', metadata: { resourceVersion: '9' } });
  await waitFor(() => names(watch) === 'b', { what: 'the changes' });
  first.end();
  const second = await waitFor(() => streams[1], { what: 'the second stream' });
  second.write(`${JSON.stringify({ type: 'ADDED', object: pod('ü', '10') })}`.slice(0, 40));
  second.write(`${JSON.stringify({ type: 'ADDED', object: pod('ü', '10') })}\n`.slice(40));
  await waitFor(() => names(watch) === 'b,ü', { what: 'a change that came in two pieces' });
  await watch.stop();

  expect(server.requests.filter((request) => !request.includes('watch='))).toHaveLength(1);
  expect(server.requests.at(-1)).toContain('resourceVersion=9');
});

test('an expired version is answered by a fresh list', async () => {
  let lists = 0;
  await using server = await startApiServer((request, answer) => {
    if (!request.url?.includes('watch=')) answerJson(answer, 200, list('5', pod(`a${++lists}`, '1')));
    else if (lists === 1) answerJson(answer, 410, { code: 410, reason: 'Expired' });
    else if (lists === 2) send(answer.writeHead(200), 'ERROR', { code: 410, reason: 'Expired' });
    else answer.writeHead(200).flushHeaders();
  });
  const watch = new ObjectWatch(server.api, target, () => undefined).start();

  await waitFor(() => names(watch) === 'a3', { what: 'the third list' });
  await watch.stop();
});

test('a server that is away is said, and forgotten when it answers again', async () => {
  let isAway = false;
  let stream: ServerResponse | undefined;
  await using server = await startApiServer((request, answer) => {
    if (isAway) request.socket.destroy();
    else if (!request.url?.includes('watch=')) answerJson(answer, 200, list('5'));
    else {
      stream = answer.writeHead(200);
      answer.flushHeaders();
    }
  });
  const watch = new ObjectWatch(server.api, target, () => undefined).start();
  const first = await waitFor(() => stream, { what: 'the stream' });

  isAway = true;
  first.destroy();
  await waitFor(() => watch.failure !== undefined, { what: 'the failure' });
  isAway = false;
  await waitFor(() => watch.failure === undefined, { what: 'the recovery' });

  expect(watch.isSynced).toBe(true);
  await watch.stop();
});

test('a thousand stopped watches leave no connection and no open file, and none begins again', async () => {
  await using server = await startApiServer((request, answer) => {
    if (request.url?.includes('watch=')) answer.writeHead(200).flushHeaders();
    else answerJson(answer.setHeader('connection', 'close'), 200, list('5'));
  });

  const before = await openFiles();
  for (let cycle = 0; cycle < 1000; cycle++) {
    const watch = new ObjectWatch(server.api, target, () => undefined).start();
    if (cycle % 2 === 0) await waitFor(() => watch.isSynced, { what: 'the list', everyMs: 2 });
    await watch.stop();
  }

  await waitFor(async () => (await server.connections()) === 0, { what: 'no connection' });
  const lists = server.requests.filter((request) => !request.includes('watch='));
  expect(lists.length).toBeLessThanOrEqual(1000);
  // Those of the server's ends of the connections are counted as well.
  await waitFor(async () => (await openFiles()) <= before + 5, { what: 'as many open files as before' });
});

async function openFiles(): Promise<number> {
  return (await readdir('/proc/self/fd')).length;
}
