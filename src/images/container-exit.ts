import { json } from 'node:stream/consumers';
import type { DockerConnection } from '../docker/docker-connection.ts';
import { Fault } from '../domain/fault.ts';
import { jsonLines } from './json-lines.ts';

export interface ExpectedExit extends Disposable {
  /** Its exit code, once it runs no more. Rejects with a Fault when the engine loses the container. */
  exit: Promise<number>;
}

/**
 * Looks out for the end of a container that has not started yet. The engine's answer to `wait` is what counts, but Docker
 * before 23 gives it only after it has cleaned up, which takes it as long as a short script: its event comes first there,
 * and that may get lost.
 * @returns when the engine has taken note of the question
 */
export async function expectExit(
  connection: DockerConnection,
  container: string,
  signal: AbortSignal,
): Promise<ExpectedExit> {
  const done = new AbortController();
  const asked = { connection, container, signal: AbortSignal.any([signal, done.signal]) };
  const [answered, told] = await Promise.all([askForExit(asked), listenForExit(asked)]);
  const exit = Promise.race([answered.exit, told.exit.catch(() => answered.exit)]);
  exit.catch(() => undefined);
  return { exit, [Symbol.dispose]: () => done.abort() };
}

interface Asked {
  connection: DockerConnection;
  container: string;
  signal: AbortSignal;
}

/** Not dockerode's own `wait`, which goes on for ever when the engine dies meanwhile. */
async function askForExit({ connection, container, signal }: Asked): Promise<{ exit: Promise<number> }> {
  const path = `/containers/${container}/wait`;
  const query = { condition: 'next-exit' };
  const answer = await connection.dial({ method: 'POST', path, query, signal });
  const exit = json(answer).then(exitCodeOf);
  exit.catch(() => undefined);
  return { exit };
}

function exitCodeOf(answer: unknown): number {
  const { StatusCode, message = 'no reason given' } = answer as { StatusCode?: number; message?: string };
  if (StatusCode !== undefined) return StatusCode;
  throw new Fault('docker-unreachable', `the Docker engine lost the container that was running: ${message}`);
}

async function listenForExit({ connection, container, signal }: Asked): Promise<{ exit: Promise<number> }> {
  const filters = JSON.stringify({ container: [container], event: ['die'] });
  const events = await connection.dial({ method: 'GET', path: '/events', query: { filters }, signal });
  const exit = exitCodeIn(jsonLines(events));
  exit.catch(() => undefined);
  return { exit };
}

async function exitCodeIn(events: AsyncIterable<object>): Promise<number> {
  for await (const event of events) {
    const { Actor } = event as { Actor?: { Attributes?: { exitCode?: string } } };
    const exitCode = Number.parseInt(Actor?.Attributes?.exitCode ?? '', 10);
    if (Number.isInteger(exitCode)) return exitCode;
  }
  throw new Error('the events ended before the container did');
}
