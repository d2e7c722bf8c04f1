import type { Engine } from '../engine/engine.ts';
import { choosePort } from '../setup/ports.ts';
import { askHttp } from './ask-http.ts';
import type { DemoCluster } from './demo-cluster.ts';
import { openFrontDoor, type Place } from './front-door.ts';
import { removeStack } from './remove-stack.ts';
import { joinSwarm } from './swarm.ts';

export interface SwarmSetting {
  engine: Engine;
  /** Of the demo; part of the service's name. */
  id: string;
  image: string;
  /** Of the service on this machine. */
  port: number;
}

/** The swarm of the engine as the place to deploy to. What an earlier demo of this folder left in it is removed. */
export async function openSwarmCluster(setting: SwarmSetting): Promise<DemoCluster & AsyncDisposable> {
  const { engine, id, image, port } = setting;
  const prefix = `demo-${id}-`;
  const service = `${prefix}hello_hello`;
  await using opening = new AsyncDisposableStack();
  const swarm = opening.use(await joinSwarm(engine, { id, port: await choosePort(2377) }));
  const stack = { connection: engine.connection, service, network: `${prefix}hello_default` };
  await removeStack(stack);
  opening.defer(() => removeStack(stack));
  opening.use(await openFrontDoor(port, placesOf(engine, service)));
  const address = `http://127.0.0.1:${port}/`;
  const opened = opening.move();
  return {
    detail: swarm.isNew ? 'a swarm of this engine alone, made for the demo' : 'the swarm that is there',
    environment: { swarm: { prefix }, 'cluster-id': swarm.clusterId },
    manifest: composeFile(image),
    address,
    ask: (path, signal) => askHttp(`${address}${path}`, signal),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/**
 * Two tasks, each at a port of the machine that Docker chooses: so a new one starts beside the old one, and no
 * kernel without IPVS stands in the way, as it would of the swarm's own routing.
 */
function composeFile(image: string): string {
  return `services:
  hello:
    image: ${image}
    ports:
      - { target: 8080, mode: host }
    deploy:
      replicas: 2
      endpoint_mode: dnsrr
      update_config: { parallelism: 2, order: start-first, monitor: 1s }
      restart_policy: { delay: 1s }
`;
}

interface Task {
  Status?: { State?: string; PortStatus?: { Ports?: { TargetPort: number; PublishedPort: number }[] } };
}

const freshMs = 150;

function placesOf({ connection, address }: Engine, service: string): () => Promise<Place[]> {
  let asked = { at: Number.NEGATIVE_INFINITY, answer: Promise.resolve<Place[]>([]) };
  const ask = async (): Promise<Place[]> => {
    const filters = { service: [service], 'desired-state': ['running'] };
    const tasks = (await connection.ask((docker) => docker.listTasks({ filters }))) as Task[];
    return tasks
      .filter(({ Status }) => Status?.State === 'running')
      .flatMap(({ Status }) => Status?.PortStatus?.Ports?.slice(0, 1) ?? [])
      .map(({ PublishedPort }) => ({ host: address, port: PublishedPort }));
  };
  return () => {
    const now = performance.now();
    if (now - asked.at > freshMs) asked = { at: now, answer: ask() };
    return asked.answer;
  };
}
