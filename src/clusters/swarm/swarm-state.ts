import type { Refusal } from '../cluster.ts';
import { at, recordOf, textOf } from '../json-reading.ts';
import type { EngineApi } from './engine-api.ts';

/** The swarm that an engine manages. */
export interface SwarmIdentity {
  /** No two swarms share it; all managers of one swarm name the same. */
  id: string;
  /** The engine itself, as a node of it. */
  nodeId: string;
}

/** Which swarm the engine manages; a refusal where it manages none. */
export async function identifySwarm(api: EngineApi, signal: AbortSignal): Promise<SwarmIdentity | Refusal> {
  const swarm = recordOf(at(await api.call({ path: '/info' }, signal), 'Swarm'));
  const state = textOf(swarm.LocalNodeState);
  const id = textOf(at(swarm, 'Cluster', 'ID'));
  if (state === 'active' && swarm.ControlAvailable === true && id !== '')
    return { id, nodeId: textOf(swarm.NodeID) };
  return { refusal: refusalFor(api.host, { state, error: textOf(swarm.Error) }) };
}

function refusalFor(host: string, { state, error }: { state: string; error: string }): string {
  const engine = `the Docker engine at ${host}`;
  if (state === 'active')
    return `${engine} is a worker of its swarm, and only managers take orders: name a manager as the environment's \`host\``;
  if (state === 'inactive' || state === '')
    return `${engine} is in no swarm: make it one with \`docker swarm init\` (\`docker swarm init --advertise-addr 127.0.0.1\` where this machine is to stay alone)`;
  if (state === 'locked') return `the swarm of ${engine} is locked: unlock it with \`docker swarm unlock\``;
  return `${engine} has not joined its swarm (${state}${error === '' ? '' : `: ${error}`}): see \`docker info\``;
}
