import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { createDockerConnection } from '../../src/docker/docker-connection.ts';
import { expectExit } from '../../src/images/container-exit.ts';
import { unstopped } from './engine-under-test.ts';
import { httpServer } from './http-server.ts';

type Answer = (response: ServerResponse) => void;

const silent: Answer = (response) => void response.writeHead(200).flushHeaders();
const tells =
  (value: object, status = 200): Answer =>
  (response) =>
    void response.writeHead(status).write(`${JSON.stringify(value)}\n`);
const answers =
  (value: object, status = 200): Answer =>
  (response) =>
    void response.writeHead(status).end(JSON.stringify(value));

/** What an engine is asked about the end of a container, and how it answers. */
function engineWith({ wait, events }: { wait: Answer; events: Answer }) {
  return httpServer(({ url = '' }: IncomingMessage, response) =>
    (url.startsWith('/events') ? events : wait)(response),
  );
}

const died = { Type: 'container', Action: 'die', Actor: { Attributes: { exitCode: '7' } } };

test.each([
  { case: 'the event comes before the answer', wait: silent, events: tells(died) },
  { case: 'the event does not come', wait: answers({ StatusCode: 7 }), events: silent },
  {
    case: 'events may not be seen',
    wait: answers({ StatusCode: 7 }),
    events: answers({ message: 'no' }, 403),
  },
])('the exit code of a container is known when $case', async ({ wait, events }) => {
  await using engine = await engineWith({ wait, events });
  using expected = await expectExit(createDockerConnection(`tcp://${engine.host}`), 'one', unstopped);

  expect(await expected.exit).toBe(7);
});

test('an engine that loses a container says why', async () => {
  await using engine = await engineWith({
    wait: answers({ message: 'no such container' }, 404),
    events: silent,
  });
  using expected = await expectExit(createDockerConnection(`tcp://${engine.host}`), 'one', unstopped);

  await expect(expected.exit).rejects.toMatchObject({
    code: 'docker-unreachable',
    message: expect.stringContaining('no such container'),
  });
});
