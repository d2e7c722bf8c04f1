import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Place {
  host: string;
  port: number;
}

/**
 * The service's one address on this machine: what a load balancer would be. Each connection goes to the next place
 * where the service runs; one that refuses it is passed over.
 * @param places where the service runs now
 */
export async function openFrontDoor(port: number, places: () => Promise<Place[]>): Promise<AsyncDisposable> {
  const open = new Set<Socket>();
  let turn = 0;
  const server = createServer((visitor) => {
    open.add(visitor);
    visitor.on('close', () => open.delete(visitor)).on('error', () => visitor.destroy());
    turn += 1;
    void lead(visitor, places, turn);
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      for (const visitor of open) visitor.destroy();
    },
  };
}

async function lead(visitor: Socket, places: () => Promise<Place[]>, turn: number): Promise<void> {
  const known = await places().catch(() => []);
  for (const [index] of known.entries()) {
    const place = known[(index + turn) % known.length];
    const inner = place && (await reach(place));
    if (inner === undefined) continue;
    inner.on('error', () => visitor.destroy()).on('close', () => visitor.destroy());
    visitor.on('close', () => inner.destroy());
    visitor.pipe(inner).pipe(visitor);
    return;
  }
  visitor.destroy();
}

async function reach({ host, port }: Place): Promise<Socket | undefined> {
  const socket = connect({ host, port }).setTimeout(2_000, () => socket.destroy(new Error('no answer')));
  try {
    await once(socket, 'connect');
    return socket.setTimeout(0);
  } catch {
    return undefined;
  }
}
