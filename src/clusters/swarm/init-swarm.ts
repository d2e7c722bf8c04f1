import { randomBytes, randomInt } from 'node:crypto';
import { createDockerConnection } from '../../docker/docker-connection.ts';
import { recordOf, textOf } from '../json-reading.ts';
import { createEngineApi, type EngineApi, isRefusalWith } from './engine-api.ts';

export interface LoopbackSwarm {
  /** Of 127.0.0.0/8: where its manager and its gossip listen. */
  address: string;
  /** The name of the bridge by which containers of overlay networks reach the machine. */
  bridge: string;
}

/**
 * Makes an engine that is in no swarm a swarm of this one node, which nobody else can join: it listens on loopback only.
 * Safe beside other engines and swarms of the machine: those share three things unless told otherwise, the port of the
 * gossip (7946, hence an address of our own), the UDP port of overlay networks (4789: the kernel refuses a second network
 * of the same number at one port), and the bridge `docker_gwbridge`.
 * @returns null when the engine is in a swarm already, which is left as it is
 * @throws EngineRefusal with the engine's words, Fault `cluster-unreachable`
 */
export async function initLoopbackSwarm(host: string, signal: AbortSignal): Promise<LoopbackSwarm | null> {
  const api = createEngineApi(createDockerConnection(host));
  const { Swarm } = recordOf(await api.call({ path: '/info' }, signal));
  if (textOf(recordOf(Swarm).LocalNodeState) !== 'inactive') return null;
  const bridge = await makeGatewayBridge(api, signal);
  const address = `127.${randomInt(1, 255)}.${randomInt(0, 256)}.${randomInt(2, 255)}`;
  const json = {
    ListenAddr: `${address}:2377`,
    AdvertiseAddr: address,
    DataPathAddr: address,
    DataPathPort: randomInt(20_000, 32_000),
    ForceNewCluster: false,
    Spec: {},
  };
  await api.call({ method: 'POST', path: '/swarm/init', json }, signal);
  return { address, bridge };
}

const gatewayNetwork = 'docker_gwbridge';

/** The network of this name need not be a bridge of this name. One that is there already stays as it is. */
async function makeGatewayBridge(api: EngineApi, signal: AbortSignal): Promise<string> {
  const name = `tlgw${randomBytes(4).toString('hex')}`;
  const json = {
    Name: gatewayNetwork,
    Driver: 'bridge',
    CheckDuplicate: true,
    Options: {
      'com.docker.network.bridge.name': name,
      'com.docker.network.bridge.enable_icc': 'false',
      'com.docker.network.bridge.enable_ip_masquerade': 'true',
    },
  };
  try {
    await api.call({ method: 'POST', path: '/networks/create', json }, signal);
    return name;
  } catch (error) {
    if (isRefusalWith(error, 409)) return gatewayNetwork;
    throw error;
  }
}
