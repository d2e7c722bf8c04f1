import type { DockerConnection } from '../../docker/docker-connection.ts';
import { Fault } from '../../domain/fault.ts';
import type { Engine } from '../engine/engine.ts';

/** On a swarm that a demo has made; further labels below it name the demos that use it. */
const label = 'trunkline.demo';

interface SwarmSpec {
  Labels?: Record<string, string>;
}

interface Swarm {
  ID: string;
  Version: { Index: number };
  Spec: SwarmSpec;
}

/**
 * Makes a swarm of this engine alone, on loopback, where it has none. A swarm that is there is used as it is. One
 * that a demo has made is left by the last demo that uses it, unless others have put services there.
 */
export async function joinSwarm(
  { connection, swarm }: Engine,
  { id, port }: { id: string; port: number },
): Promise<AsyncDisposable & { isNew: boolean; clusterId: string }> {
  const mine = `${label}.${id}`;
  const isNew = swarm.state === 'none';
  if (isNew) {
    const address = { ListenAddr: `127.0.0.1:${port}`, AdvertiseAddr: `127.0.0.1:${port}` };
    await connection.ask((docker) => docker.swarmInit({ ...address, Spec: {} }));
    await changeLabels(connection, (labels) => ({ ...labels, [label]: 'made', [mine]: 'used' }));
  } else if (label in (await inspect(connection)).labels) {
    await changeLabels(connection, (labels) => ({ ...labels, [mine]: 'used' }));
  }
  const { swarm: joined } = await inspect(connection);
  return { isNew, clusterId: joined.ID, [Symbol.asyncDispose]: () => leave(connection, mine) };
}

async function leave(connection: DockerConnection, mine: string): Promise<void> {
  const { labels } = await inspect(connection);
  if (!(label in labels)) return;
  const others = Object.keys(labels).filter((name) => name.startsWith(`${label}.`) && name !== mine);
  const services = await connection.ask((docker) => docker.listServices());
  if (others.length + services.length === 0)
    await connection.ask((docker) => docker.swarmLeave({ force: true }));
  else await changeLabels(connection, ({ [mine]: _, ...rest }) => rest);
}

const mostTries = 5;

/** Another demo may do the same at the same time: a write holds only for the version that was read. */
async function changeLabels(
  connection: DockerConnection,
  change: (labels: Record<string, string>) => Record<string, string>,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const { swarm, labels } = await inspect(connection);
    const body = { ...swarm.Spec, Labels: change(labels) };
    const query = { version: swarm.Version.Index };
    try {
      await connection.ask((docker) => docker.swarmUpdate({ _query: query, _body: body }));
      return;
    } catch (cause) {
      if (tries < mostTries) continue;
      throw new Fault('docker-unreachable', 'Writing labels of the swarm failed', { cause });
    }
  }
}

async function inspect(
  connection: DockerConnection,
): Promise<{ swarm: Swarm; labels: Record<string, string> }> {
  const swarm = (await connection.ask((docker) => docker.swarmInspect())) as Swarm;
  return { swarm, labels: swarm.Spec.Labels ?? {} };
}
