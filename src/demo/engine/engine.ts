import type { DockerConnection } from '../../docker/docker-connection.ts';

/** A Docker engine that the demo builds on, and how this machine and the engine reach each other. */
export interface Engine {
  connection: DockerConnection;
  version: string;
  /** What the engine says of its swarm. */
  swarm: SwarmState;
  /** Where ports that the engine publishes answer, and servers that run beside it. */
  address: string;
  /** Stands before a command that is to run beside the engine, in its network. */
  beside: readonly string[];
  /** Whether the demo has started it. */
  isOwn: boolean;
}

export interface SwarmState {
  state: 'none' | 'manager' | 'worker';
  nodes: number;
}

/** A busy engine takes its time; one that is not there is told at once. */
const answerMs = 20_000;

interface Info {
  ServerVersion: string;
  Swarm?: { LocalNodeState?: string; ControlAvailable?: boolean; Nodes?: number };
}

/** Asks an engine who it is; undefined when it does not answer in time. */
export async function askEngine(
  connection: DockerConnection,
): Promise<Pick<Engine, 'version' | 'swarm'> | undefined> {
  const late = AbortSignal.timeout(answerMs);
  const { promise: silence, resolve } = Promise.withResolvers<undefined>();
  late.addEventListener('abort', () => resolve(undefined));
  const answer = connection
    .ask((docker) => docker.info() as Promise<Info>)
    .then(
      (info) => ({ version: info.ServerVersion, swarm: swarmState(info.Swarm) }),
      () => undefined,
    );
  return Promise.race([answer, silence]);
}

function swarmState(swarm: Info['Swarm']): SwarmState {
  const { LocalNodeState = 'inactive', ControlAvailable = false, Nodes = 0 } = swarm ?? {};
  if (LocalNodeState === 'inactive') return { state: 'none', nodes: 0 };
  return { state: ControlAvailable ? 'manager' : 'worker', nodes: Nodes };
}
