import { Agent, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import type Dockerode from 'dockerode';
import { Fault } from '../domain/fault.ts';
import { lazily } from '../domain/lazily.ts';
import { type DockerRequest, dial, type Modem, sendByOurselves } from './modem.ts';

/** The connection to one Docker engine, made at first use: dockerode is large, an idle server does without it. */
export interface DockerConnection {
  readonly host: string;
  /** One request that is answered at once, with a deadline. */
  ask<T>(request: (docker: Dockerode) => Promise<T>): Promise<T>;
  /** For progress and output, which last as long as their work; the caller's signal ends them. */
  lasting(): Promise<Dockerode>;
  /** What does not change while the engine runs; asked once. */
  facts(): Promise<EngineFacts>;
  /** Asks on a connection of its own: an engine that shuts down still answers on those that it has, but takes no new one. */
  greet(): Promise<void>;
  /** One request that dockerode has no method for, or gets wrong. Any status is an answer; the caller reads the body. */
  dial(request: DockerRequest): Promise<IncomingMessage>;
}

export interface EngineFacts {
  id: string;
  cpus: number;
}

const answerDeadlineMs = 60_000;

export function createDockerConnection(host: string): DockerConnection {
  const brief = lazily(() => connect(host, { deadlineMs: answerDeadlineMs }));
  const lasting = lazily(() => connect(host, {}));
  const anew = lazily(() => connect(host, { deadlineMs: answerDeadlineMs, agent: agentOfOneRequest(host) }));
  const ask: DockerConnection['ask'] = async (request) => request(await brief());
  return {
    host,
    ask,
    lasting,
    facts: lazily(async () => {
      const { ID, NCPU } = (await ask((docker) => docker.info())) as { ID: string; NCPU: number };
      return { id: ID, cpus: NCPU };
    }),
    async greet() {
      await (await anew()).ping();
    },
    async dial(request) {
      const { modem } = await lasting();
      return dial(modem as Modem, request);
    },
  };
}

/** The HTTP status that an error of dockerode carries; undefined when the engine did not answer at all. */
export function statusOf(error: unknown): number | undefined {
  const isAnswer = error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';
  return isAnswer ? Number(error.statusCode) : undefined;
}

/** What the engine itself said, without dockerode's frame around it. */
export function engineMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = 'json' in error && typeof error.json === 'object' ? error.json : null;
  if (said !== null && 'message' in said) return String(said.message).trim();
  return error.message.trim();
}

/**
 * The fault behind an error of dockerode; any other error stays what it is. `attempt` completes "the Docker engine at
 * ... could not ...".
 * @throws the error of an aborted signal instead: a stop is no fault
 */
export function dockerFault(
  error: unknown,
  { attempt, connection, signal }: { attempt: string; connection: DockerConnection; signal: AbortSignal },
): unknown {
  if (signal.aborted) throw new DOMException('stopped', { name: 'AbortError', cause: signal.reason });
  if (error instanceof Fault) return error;
  const at = `the Docker engine at ${connection.host}`;
  if (statusOf(error) !== undefined) {
    return new Fault('docker-unreachable', `${at} could not ${attempt}: ${engineMessage(error)}`, {
      cause: error,
    });
  }
  if (!isBrokenConnection(error)) return error;
  return new Fault('docker-unreachable', `${at} did not answer (${error.code}) when it was to ${attempt}`, {
    cause: error,
    hint: 'Check that dockerd runs and that Trunkline may use its socket',
  });
}

/** Errors of files carry a code as well, but also the file's path. */
function isBrokenConnection(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && !('path' in error);
}

async function connect(
  host: string,
  { agent, deadlineMs }: { agent?: Agent; deadlineMs?: number },
): Promise<Dockerode> {
  const { default: Engine } = await import('dockerode');
  const engine = new Engine({ ...addressOf(host), agent } as Dockerode.DockerOptions);
  const protocol = host.startsWith('https:') ? 'https' : 'http';
  sendByOurselves(engine.modem, { protocol, deadlineMs });
  return engine;
}

function agentOfOneRequest(host: string): Agent {
  return host.startsWith('https:') ? new TlsAgent() : new Agent();
}

/** Names what it leaves out as undefined: what is not named at all dockerode fills in from DOCKER_HOST. */
function addressOf(host: string): Dockerode.DockerOptions {
  const { protocol, hostname, port, pathname } = new URL(host);
  const address =
    protocol === 'unix:'
      ? { socketPath: decodeURIComponent(pathname), host: undefined, protocol: undefined }
      : { protocol: protocol === 'https:' ? 'https' : 'http', host: hostname, port: port || 2375 };
  return address as Dockerode.DockerOptions;
}
