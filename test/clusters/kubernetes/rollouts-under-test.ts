import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { AppliedRollout, PlanRequest, RolloutVerdict } from '../../../src/clusters/cluster.ts';
import type { Budgets } from '../../../src/clusters/kubernetes/budgets.ts';
import { createKubernetesCluster } from '../../../src/clusters/kubernetes/kubernetes-cluster.ts';
import type { RegistryAsker } from '../../../src/clusters/registry-asker.ts';
import { kubernetes } from '../../support/kubernetes.ts';
import { runWithInput } from '../../support/run-command.ts';
import { waitFor } from '../../support/wait-for.ts';
import { accepted, hooks, watching } from '../contract/cluster-under-test.ts';

export type RolloutsUnderTest = Awaited<ReturnType<typeof startRollouts>>;

const never = new AbortController().signal;

/** An image that every node of the test cluster has, so that nothing needs to be built: busybox. */
export const nodeImage = 'trunkline-test/base:1';

/** The tracker on a real cluster, in a namespace of its own, with the default budgets unless others are given. */
export async function startRollouts(budgets: Partial<Budgets> = {}, registries?: RegistryAsker) {
  await using resources = new AsyncDisposableStack();
  const kube = await kubernetes();
  const namespace = resources.use(await kube.makeNamespace());
  const { kubeconfig } = kube;
  const cluster = createKubernetesCluster({
    kubeconfig,
    context: null,
    namespace: namespace.name,
    budgets,
    ...(registries && { registries }),
  });
  resources.defer(() => cluster.close());
  const kubectl = (...args: string[]) => kube.kubectl('-n', namespace.name, ...args);
  const owned = resources.move();
  return {
    cluster,
    kubectl,
    kubeconfig,
    namespace: namespace.name,
    /** What somebody does by hand. */
    applyByHand: (text: string) =>
      runWithInput('kubectl', ['--kubeconfig', kubeconfig, '-n', namespace.name, 'apply', '-f', '-'], text),
    /** What is said before anything is applied. */
    async notesOf(text: string): Promise<string[]> {
      return accepted(await cluster.plan(requestOf(text), never)).notes;
    },
    async apply(text: string): Promise<AppliedRollout> {
      const plan = accepted(await cluster.plan(requestOf(text), never));
      return accepted(await plan.apply(hooks(), never));
    },
    watch: (applied: AppliedRollout): Promise<RolloutVerdict> => cluster.watch(applied, watching(), never),
    /** Waits until the cluster itself shows a trouble in the first pod. */
    async podShows(pattern: RegExp): Promise<void> {
      await waitFor(async () => pattern.test(await kubectl('get', 'pods', '-o', 'yaml')), {
        what: `a pod that shows ${pattern}`,
        deadlineMs: 60_000,
        everyMs: 250,
      });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function requestOf(text: string): PlanRequest {
  return {
    deployId: randomBytes(10).toString('hex'),
    pipeline: 'cart',
    source: { kind: 'manifests', files: [{ path: 'cart.yaml', text }] },
    images: [],
    requireDigests: false,
    changeCause: 'a test',
  };
}

/** How long a trouble lasts is what such a test is about. */
export async function lasts(seconds: number): Promise<void> {
  await delay(seconds * 1000);
}
