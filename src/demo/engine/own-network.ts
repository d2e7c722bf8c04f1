import { readlink } from 'node:fs/promises';
import type { Daemons } from '../setup/daemons.ts';
import type { Tools } from '../setup/run-tool.ts';

/** A network namespace with one cable to this machine; it is gone with the last process in it. */
export interface OwnNetwork extends AsyncDisposable {
  /** Its end of the cable: what listens on all addresses in it answers here. */
  address: string;
  /** Stands before a command that is to run in it. */
  inside: readonly string[];
}

export async function openNetwork(
  { id, daemons, tools }: { id: string; daemons: Daemons; tools: Tools },
  signal: AbortSignal,
): Promise<OwnNetwork> {
  await using opening = new AsyncDisposableStack();
  const holder = opening.use(
    await daemons.start(
      {
        name: 'network',
        command: 'unshare',
        args: ['--net', '--', 'sleep', 'infinity'],
        // Before it is in its own, whatever is done to its network would be done to this machine's.
        isReady: async (pid) => (await networkOf(pid)) !== (await networkOf('self')),
      },
      signal,
    ),
  );
  const inside = ['nsenter', `--net=/proc/${holder.pid}/ns/net`, '--'];
  const { here, there } = addresses(id);
  const cable = `tldemo-${id}`;
  const ip = (...args: string[]) =>
    tools({ what: 'Laying the network of the engine', command: 'ip', args, signal });
  const ipInside = (...args: string[]) => {
    const [command = '', ...before] = inside;
    return tools({
      what: 'Laying the network of the engine',
      command,
      args: [...before, 'ip', ...args],
      signal,
    });
  };
  // A killed demo's namespace may live on for a moment, and with it the cable of this name.
  await ip('link', 'delete', cable).catch(() => signal.throwIfAborted());
  await ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'cable', 'netns', String(holder.pid));
  await ip('address', 'add', `${here}/30`, 'dev', cable);
  await ip('link', 'set', cable, 'up');
  await ipInside('address', 'add', `${there}/30`, 'dev', 'cable');
  await ipInside('link', 'set', 'cable', 'up');
  await ipInside('link', 'set', 'lo', 'up');
  const opened = opening.move();
  return { address: there, inside, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

function networkOf(process: number | 'self'): Promise<string> {
  return readlink(`/proc/${process}/ns/net`);
}

/**
 * Two neighbours out of 198.18.0.0/15, which is set aside for tests of networks and routed nowhere. Always the same
 * for the same demo: its registry's name holds the address.
 */
function addresses(id: string): { here: string; there: string } {
  const number = Number.parseInt(id.slice(0, 4), 16);
  const base = `198.${18 + (number & 1)}.${(number >> 1) & 255}`;
  const last = ((number >> 9) & 63) * 4;
  return { here: `${base}.${last + 1}`, there: `${base}.${last + 2}` };
}
