import type { Socket } from 'node:net';

/** Leads every byte from one connection to the other, both ways, and keeps both in `open` until they have ended. */
export function relayConnections(near: Socket, far: Socket, open: Set<Socket>): void {
  for (const [end, other] of [
    [near, far],
    [far, near],
  ] as const) {
    open.add(end);
    end.on('error', () => other.destroy()).on('close', () => open.delete(end));
    end.pipe(other);
  }
}
