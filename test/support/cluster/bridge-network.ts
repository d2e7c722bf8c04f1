import { z } from 'zod';
import { runCommand } from '../run-command.ts';

export type BridgeNetwork = {
  subnet: string;
  /** This machine's own address in it: what containers reach here, and nobody outside this machine. */
  gateway: string;
};

/** The engine's own bridge: pods get their addresses from it, and node and API server are reached at its gateway. */
export async function bridgeNetwork(engine: string): Promise<BridgeNetwork> {
  const format = '{{(index .IPAM.Config 0).Subnet}}';
  const inspect = ['-H', engine, 'network', 'inspect', 'bridge', '--format', format];
  const subnet = (await runCommand('docker', inspect)).trim();
  const address = await runCommand('ip', ['-json', 'address', 'show', 'to', subnet]);
  const gateway = Interfaces.parse(JSON.parse(address))[0]?.addr_info[0]?.local;
  if (gateway === undefined)
    throw new Error(`no interface of this machine is in Docker's bridge network ${subnet}`);
  return { subnet, gateway };
}

const Interfaces = z.array(z.object({ addr_info: z.array(z.object({ local: z.string() })) }));
