import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { type DockerConnection, statusOf } from '../docker/docker-connection.ts';
import type { ServiceRequest } from './run-services.ts';

/** A service, and the name of its container. */
export interface Waiting {
  service: ServiceRequest;
  name: string;
}

const askEveryMs = 250;
const endNoticedWithinMs = 2000;

/** @returns what it did instead, or null */
export async function waitUntilReady(
  connection: DockerConnection,
  { service, name }: Waiting,
  signal: AbortSignal,
): Promise<string | null> {
  const until = performance.now() + service.readyWithinMs;
  while (performance.now() < until) {
    signal.throwIfAborted();
    const { State } = await connection.ask((docker) => docker.getContainer(name).inspect());
    if (!State.Running) return `ended with exit code ${State.ExitCode} before it was ready`;
    const isReady =
      service.ready === null
        ? State.Health === undefined || State.Health.Status === 'healthy'
        : await succeeds(connection, { name, line: service.ready, until }, signal);
    if (isReady) return null;
    await pause(askEveryMs, undefined, { signal });
  }
  return `was not ready within ${service.readyWithinMs / 1000} s`;
}

interface Check {
  name: string;
  line: string;
  until: number;
}

/** Whether a line of the shell succeeds in a container; not in one that ends meanwhile, which the next look tells. */
async function succeeds(connection: DockerConnection, check: Check, signal: AbortSignal): Promise<boolean> {
  try {
    return await execute(connection, check, signal);
  } catch (error) {
    const status = statusOf(error);
    const mayHaveEnded = status === 400 || status === 500;
    if (status === 409 || (mayHaveEnded && (await endsSoon(connection, check.name, signal)))) return false;
    throw error;
  }
}

/** The runtime knows that a container has ended before the engine does, which answers 400 or 500 then. */
async function endsSoon(connection: DockerConnection, name: string, signal: AbortSignal): Promise<boolean> {
  const until = performance.now() + endNoticedWithinMs;
  do {
    const { State } = await connection.ask((docker) => docker.getContainer(name).inspect());
    if (!State.Running) return true;
    await pause(askEveryMs, undefined, { signal });
  } while (performance.now() < until);
  return false;
}

async function execute(
  connection: DockerConnection,
  { name, line, until }: Check,
  signal: AbortSignal,
): Promise<boolean> {
  const exec = await connection.ask((docker) =>
    docker.getContainer(name).exec({ Cmd: ['/bin/sh', '-c', line] }),
  );
  await connection.ask(() => exec.start({ Detach: true }));
  while (performance.now() < until) {
    const { Running, ExitCode } = await connection.ask(() => exec.inspect());
    if (!Running) return ExitCode === 0;
    await pause(askEveryMs, undefined, { signal });
  }
  return false;
}

/**
 * For the log, of a service that did not become ready: what it has printed, and what its `ready` says when it is tried once
 * more, which is often all there is to know.
 */
export async function lastWordsOf(
  connection: DockerConnection,
  { service, name }: Waiting,
  signal: AbortSignal,
): Promise<string> {
  const printed = await tailOf(connection, name);
  const said = service.ready === null ? '' : await saidBy(connection, { name, line: service.ready }, signal);
  return (
    section(`last output of service ${service.name}`, printed) +
    (said === '' ? '' : section(`its ready, "${service.ready}", says`, said))
  );
}

function section(title: string, text: string): string {
  return text === '' ? `${title}: none\n` : `${title}:\n${text.endsWith('\n') ? text : `${text}\n`}`;
}

const triedForMs = 5000;
const mostSaid = 10_000;

/** What a line of the shell prints in a container; '' where it has ended, or prints nothing. */
async function saidBy(
  connection: DockerConnection,
  { name, line }: Pick<Check, 'name' | 'line'>,
  signal: AbortSignal,
): Promise<string> {
  const Cmd = ['/bin/sh', '-c', line];
  try {
    const exec = await connection.ask((docker) =>
      docker.getContainer(name).exec({ Cmd, AttachStdout: true, AttachStderr: true }),
    );
    const output = await connection.ask(() => exec.start({}));
    return textOfFrames(
      await beginningOf(output, AbortSignal.any([signal, AbortSignal.timeout(triedForMs)])),
    );
  } catch (error) {
    signal.throwIfAborted();
    if (statusOf(error) !== undefined) return '';
    throw error;
  }
}

/** As far as it has come when the signal aborts. */
async function beginningOf(output: Duplex, signal: AbortSignal): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  const stop = () => void output.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const part of output) {
      parts.push(part);
      bytes += part.length;
      if (bytes > mostSaid) break;
    }
  } catch (error) {
    if (!output.destroyed) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    output.destroy();
  }
  return Buffer.concat(parts);
}

async function tailOf(connection: DockerConnection, name: string): Promise<string> {
  const log = await connection.ask((docker) =>
    docker.getContainer(name).logs({ stdout: true, stderr: true, tail: 50 }),
  );
  return textOfFrames(log);
}

/** Output as the engine keeps it: each part behind eight bytes of type and length. */
function textOfFrames(log: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= log.length; ) {
    const end = at + 8 + log.readUInt32BE(at + 4);
    parts.push(log.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(parts).toString();
}
