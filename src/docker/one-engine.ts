import { setImmediate as nextTurn } from 'node:timers/promises';
import { Fault } from '../domain/fault.ts';
import { type DockerConnection, dockerFault } from './docker-connection.ts';

interface Attempt {
  /** Completes "the Docker engine at ... was to ...". */
  attempt: string;
  connection: DockerConnection;
  signal: AbortSignal;
}

/**
 * Does work with one and the same engine. An engine that shuts down ends the containers in it, and tells of them as if
 * their commands had ended, well or not; while it does, it takes no new connections. So after the work it is asked on
 * a new one, and whatever came of the work counts only if the engine that began it is still there.
 * @param work may begin before the engine is watched; what an engine that goes away could break off comes after `isWatched`
 * @throws Fault `docker-unreachable` when it is not, or what the work throws
 */
export async function onOneEngine<T>(
  attempt: Attempt,
  work: (isWatched: Promise<unknown>) => Promise<T>,
): Promise<T> {
  const closing = new AbortController();
  const watching = watchEngine(attempt, closing.signal);
  watching.catch(() => undefined);
  const confirm = async () => confirmSameEngine(attempt, await watching);
  try {
    const result = await work(watching);
    await confirm();
    return result;
  } catch (error) {
    const isKnown = error instanceof Fault && error.code === 'docker-unreachable';
    if (!isKnown && !attempt.signal.aborted) await confirm();
    throw error;
  } finally {
    closing.abort();
  }
}

interface EngineWatch {
  /** Resolves when the engine's process, or the way to it, has gone. */
  gone: Promise<void>;
  hasGone(): boolean;
}

/**
 * Holds a connection on which nothing is expected. A socket that somebody else holds open for the engine (systemd's
 * does) answers again only when the next engine is there: then this connection tells the two apart.
 */
async function watchEngine(
  { attempt, connection, signal }: Attempt,
  closing: AbortSignal,
): Promise<EngineWatch> {
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  let isGone = false;
  try {
    const events = await connection.dial({
      method: 'GET',
      path: '/events',
      query: { filters: JSON.stringify({ type: ['daemon'] }) },
      signal: AbortSignal.any([signal, closing]),
    });
    // What stands before an engine may not let us see its events; the new connection is then all there is.
    const isWatched = events.statusCode === 200;
    events
      .on('error', () => undefined)
      .once('close', () => {
        isGone = isWatched;
        if (isWatched) resolve();
      });
    events.resume();
  } catch (error) {
    throw dockerFault(error, { attempt, connection, signal });
  }
  return { gone, hasGone: () => isGone };
}

async function confirmSameEngine(
  { attempt, connection, signal }: Attempt,
  watch: EngineWatch,
): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const abort = () => resolve();
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (!signal.aborted) await Promise.race([connection.greet(), watch.gone, aborted]);
    // Of two connections that have news at once, the other one's may come a moment later.
    await nextTurn();
  } catch (error) {
    throw wentAway(error);
  } finally {
    signal.removeEventListener('abort', abort);
  }
  if (signal.aborted) throw new DOMException('stopped', { name: 'AbortError', cause: signal.reason });
  if (watch.hasGone()) throw wentAway();

  function wentAway(cause?: unknown): Fault {
    const message = `the Docker engine at ${connection.host} went away or was restarted when it was to ${attempt}`;
    return new Fault('docker-unreachable', message, {
      cause,
      hint: 'The step is done again from its start as soon as an engine answers',
    });
  }
}
