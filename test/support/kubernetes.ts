import { randomBytes } from 'node:crypto';
import { askTestRun } from './ask-test-run.ts';
import { runCommand } from './run-command.ts';
import { waitFor } from './wait-for.ts';

export type Namespace = AsyncDisposable & { name: string };

export type Kubernetes = {
  /** Path of a kubeconfig file whose current context may do everything. */
  kubeconfig: string;
  /** Its current context. */
  context: string;
  /** A new namespace, ready for pods; disposing deletes it and does not wait until all in it has ended. */
  makeNamespace(): Promise<Namespace>;
  /** Runs kubectl on this cluster and returns what it printed. */
  kubectl(...args: string[]): Promise<string>;
};

/** The cluster that TRUNKLINE_TEST_KUBECONFIG names, else this machine's, which the test run starts if need be. */
export async function kubernetes(): Promise<Kubernetes> {
  return kubernetesBehind(await askTestRun('cluster'));
}

/** The cluster of a kubeconfig's current context. */
export async function kubernetesBehind(kubeconfig: string): Promise<Kubernetes> {
  const kubectl = (...args: string[]) => runCommand('kubectl', ['--kubeconfig', kubeconfig, ...args]);
  const context = (await kubectl('config', 'current-context')).trim();
  return { kubeconfig, context, kubectl, makeNamespace: () => makeNamespace(kubectl) };
}

async function makeNamespace(kubectl: Kubernetes['kubectl']): Promise<Namespace> {
  const name = `trunkline-test-${randomBytes(4).toString('hex')}`;
  await kubectl('create', 'namespace', name);
  await waitFor(() => hasAccountToken(kubectl, name), { what: `the default service account of ${name}` });
  return {
    name,
    async [Symbol.asyncDispose]() {
      await kubectl('delete', 'namespace', name, '--wait=false', '--ignore-not-found');
    },
  };
}

/** A pod is refused until its namespace has its default service account. */
async function hasAccountToken(kubectl: Kubernetes['kubectl'], namespace: string): Promise<boolean> {
  const found = await kubectl('-n', namespace, 'get', 'serviceaccount', '--ignore-not-found', '-o', 'name');
  return found.includes('serviceaccount/default');
}
