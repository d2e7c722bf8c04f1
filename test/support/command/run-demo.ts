import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { joinMachine } from '../cluster/machine.ts';
import { startRegistry } from '../registry.ts';
import { addSystemFoldersToPath } from '../system-path.ts';
import { prepareMachine } from './prepare.ts';
import { stayWith } from './stay-with.ts';

addSystemFoldersToPath();
const flags = process.argv.slice(2);
process.exitCode = flags.includes('--kubernetes')
  ? await demoOnTestCluster(flags.filter((flag) => flag !== '--kubernetes'))
  : await demo(flags, {});

/** `npm run demo`; with `--kubernetes` on the cluster of the tests, which only the sources can build. */
async function demo(args: string[], environment: Record<string, string>): Promise<number> {
  const launcher = join(import.meta.dirname, '../../../bin/trunkline');
  const child = spawn(launcher, ['demo', ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  return await stayWith(child);
}

async function demoOnTestCluster(args: string[]): Promise<number> {
  const assumeYes = ['--yes', '--once'].some((flag) => args.includes(flag));
  if (!(await prepareMachine({ suite: 'all', assumeYes, signal: new AbortController().signal }))) return 1;
  await using machine = joinMachine();
  process.stdout.write('starting Docker and Kubernetes, or finding those that run ...\n');
  const environment = { DOCKER_HOST: await machine.engine(), KUBECONFIG: await machine.cluster() };
  await using registry = await startRegistry();
  return await demo(['--context', 'trunkline-test', '--registry', registry.host, ...args], environment);
}
