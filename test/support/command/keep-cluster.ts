import { once } from 'node:events';
import { joinMachine } from '../cluster/machine.ts';
import { addSystemFoldersToPath } from '../system-path.ts';
import { prepareMachine } from './prepare.ts';

addSystemFoldersToPath();

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(name, () => interrupted.abort());
const { signal } = interrupted;

/** Holds the engine and the cluster until Ctrl-C, so that single test files start without waiting for them. */
if (await prepareMachine({ suite: 'all', assumeYes: process.argv.includes('--yes'), signal })) {
  await using machine = joinMachine();
  process.stdout.write('starting Docker and Kubernetes, or finding those that run ...\n');
  const [host, kubeconfig] = [await machine.engine(), await machine.cluster()];
  process.stdout.write(
    `export DOCKER_HOST=${host} KUBECONFIG=${kubeconfig}\nCtrl-C ends what was started.\n`,
  );
  const alive = setInterval(() => undefined, 60_000);
  if (!signal.aborted) await once(signal, 'abort');
  clearInterval(alive);
}
