import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the binaries of Kubernetes are kept once they are built: the only thing that outlives a test run. */
export function kubernetesBinaries(): string {
  return join(cacheFolder(), 'kube-1.20.2');
}

/** Data, logs and process ids of the engine and cluster that test runs start; shared by all runs of this user. */
export function stateFolder(): string {
  return join(cacheFolder(), 'trunkline-test');
}

function cacheFolder(): string {
  return process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
}
