import { randomBytes, randomInt } from 'node:crypto';
import { runCommand } from './run-command.ts';

/** A cable from this machine into a network namespace. */
export type NetworkWay = {
  /** Of what listens in the namespace, for who comes by this way. */
  address: string;
  /** Pulls the cable out of the far switch: packets are lost in both directions, and nobody is told. */
  cut(): Promise<void>;
  /** Puts it back: what was connected before goes on, with what was sent meanwhile. */
  heal(): Promise<void>;
};

export type SplitNetwork = AsyncDisposable & {
  namespace: string;
  ways: readonly [NetworkWay, NetworkWay, NetworkWay];
};

/** A network namespace for a server, and three ways to it, each of which can be cut alone. Needs root. */
export async function openSplitNetwork(): Promise<SplitNetwork> {
  await using opening = new AsyncDisposableStack();
  const name = `tlnet${randomBytes(4).toString('hex')}`;
  await runCommand('ip', ['netns', 'add', name]);
  // The near ends of its cables go with it.
  opening.defer(async () => void (await runCommand('ip', ['netns', 'delete', name])));
  await runCommand('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  const ways = [await layCable(name, 0), await layCable(name, 1), await layCable(name, 2)] as const;
  const owned = opening.move();
  return { namespace: name, ways, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Both ends know each other's hardware address for good, or the loss of it would be told to who connects anew. */
async function layCable(namespace: string, index: number): Promise<NetworkWay> {
  const ip = (...args: string[]) => runCommand('ip', args);
  const inside = (...args: string[]) => ip('-n', namespace, ...args);
  const network = `10.${randomInt(64, 128)}.${randomInt(0, 256)}`;
  const [near, port, bridge] = [`${namespace}${index}`, `port${index}`, `switch${index}`] as const;
  const [nearMac, farMac] = [localMac(), localMac()];
  await inside('link', 'add', 'name', bridge, 'address', farMac, 'type', 'bridge');
  await ip(
    ...['link', 'add', 'name', near, 'address', nearMac, 'type', 'veth'],
    ...['peer', 'name', port, 'netns', namespace],
  );
  await ip('address', 'add', `${network}.1/30`, 'dev', near);
  await inside('address', 'add', `${network}.2/30`, 'dev', bridge);
  const heal = async () => void (await inside('link', 'set', port, 'master', bridge));
  await heal();
  await ip('link', 'set', near, 'up');
  for (const name of [port, bridge]) await inside('link', 'set', name, 'up');
  await ip('neighbour', 'replace', `${network}.2`, 'lladdr', farMac, 'dev', near);
  await inside('neighbour', 'replace', `${network}.1`, 'lladdr', nearMac, 'dev', bridge);
  return {
    address: `${network}.2`,
    async cut() {
      await inside('link', 'set', port, 'nomaster');
    },
    heal,
  };
}

function localMac(): string {
  return ['02', ...[...randomBytes(5)].map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}
