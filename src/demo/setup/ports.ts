import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { Fault } from '../../domain/fault.ts';

/** The wanted port of loopback when it is free, else one that the kernel chooses. No other demo chooses it too. */
export async function choosePort(wanted?: number): Promise<number> {
  const chosen = wanted === undefined ? undefined : await bind(wanted);
  if (chosen !== undefined && (await reserve(chosen))) return chosen;
  for (let tries = 0; tries < mostTries; tries++) {
    const other = await bind(0);
    if (other !== undefined && (await reserve(other))) return other;
  }
  throw new Fault('internal', 'Found no free port on this machine');
}

const mostTries = 20;

/**
 * A port is chosen some time before something listens there, and another demo may be looking for one meanwhile. The
 * reservation is a socket in Linux's abstract namespace, which lasts as long as this process.
 */
async function reserve(port: number): Promise<boolean> {
  const reservation = createServer().unref();
  try {
    await once(reservation.listen(`\0trunkline-demo-port-${port}`), 'listening');
    return true;
  } catch {
    return false;
  }
}

/** Whether somebody accepts connections there. */
export async function accepts(port: number, host = '127.0.0.1'): Promise<boolean> {
  const socket = connect({ port, host }).setTimeout(1_000, () => socket.destroy());
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function bind(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    // All addresses: a port that somebody has on another one only is no good either.
    await once(server.listen(port), 'listening');
    return (server.address() as AddressInfo).port;
  } catch {
    return undefined;
  } finally {
    server.close();
  }
}
