import type { AppliedRollout, AppliedWorkload } from '../cluster.ts';
import { at, listOf, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import type { EvidenceReader } from './evidence.ts';
import type { Look } from './judge.ts';
import { findLostNodes } from './lost-node.ts';
import { findMended } from './mended.ts';
import { ObjectWatch } from './object-watch.ts';
import type { KubeObject } from './objects.ts';
import { isOwn } from './own-pods.ts';
import { isReady, newPodsOf, podCondition } from './pods.ts';
import { removeStuckPod } from './stuck-pods.ts';
import { newMemory, type WatchMemory } from './watch-memory.ts';

export interface WorkloadWatchDeps {
  api: Api;
  namespace: string;
  evidence: EvidenceReader;
}

/** How often what no watch tells is asked for, once a pod keeps us waiting. */
const sideReadMs = 2_000;
const lastLookMs = 3_000;
const mostPodsAsked = 3;

/** Everything that tells how one workload's rollout goes, from `start` to `stop`. */
export class WorkloadWatch {
  readonly applied: AppliedWorkload;
  readonly memory: WatchMemory = newMemory();
  readonly #deps: WorkloadWatchDeps;
  readonly #wake: () => void;
  readonly #rollout: AppliedRollout;
  readonly #workloads: ObjectWatch;
  readonly #pods: ObjectWatch;
  readonly #stopping = new AbortController();
  readonly #events = new Map<string, KubeObject[]>();
  #troubledNodes: string[] = [];
  #lostNodes: string[] = [];
  #sideReads: Promise<unknown> = Promise.resolve();
  #nextSideReadAt = performance.now() + sideReadMs;
  #changes = 0;

  constructor(
    deps: WorkloadWatchDeps,
    { applied, rollout }: { applied: AppliedWorkload; rollout: AppliedRollout },
    wake: () => void,
  ) {
    this.applied = applied;
    this.#deps = deps;
    this.#rollout = rollout;
    this.#wake = wake;
    const [kind = '', name = ''] = applied.name.split('/');
    const changed = () => {
      this.#changes++;
      wake();
    };
    const path = `/apis/apps/v1/namespaces/${deps.namespace}/${kind}s`;
    this.#workloads = new ObjectWatch(
      deps.api,
      { path, query: { fieldSelector: `metadata.name=${name}` } },
      changed,
    );
    const pods = `/api/v1/namespaces/${deps.namespace}/pods`;
    this.#pods = new ObjectWatch(
      deps.api,
      { path: pods, query: { labelSelector: applied.podSelector } },
      changed,
    );
  }

  start(): void {
    this.#workloads.start();
    this.#pods.start();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([this.#workloads.stop(), this.#pods.stop(), this.#sideReads]);
  }

  /** By the cluster's clock. */
  get appliedAt(): string {
    return this.#rollout.appliedAt;
  }

  /** Counts up with everything that the cluster reports. */
  get changes(): number {
    return this.#changes;
  }

  /** Why nothing can be seen at the moment. */
  get failure(): unknown {
    return this.#workloads.failure ?? this.#pods.failure;
  }

  get newPods(): KubeObject[] {
    const [workload] = this.#workloads.objects;
    const own = this.#pods.objects.filter((pod) => workload === undefined || isOwn(pod, workload));
    return newPodsOf(own, this.applied);
  }

  /** Undefined until both watches have seen everything once. */
  look(): Look | undefined {
    if (!this.#workloads.isSynced || !this.#pods.isSynced) return undefined;
    this.#askAround();
    return {
      workload: this.#workloads.objects[0] ?? null,
      pods: this.#pods.objects,
      events: this.#events,
      troubledNodes: this.#troubledNodes,
      lostNodes: this.#lostNodes,
      now: performance.now(),
    };
  }

  /** The last look before a failure: what do the events say, has what was missing come by now? */
  async lookAgain(signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(lastLookMs)]);
    const reading = Promise.all([this.#readAround(limit), this.#readNodes(limit)]);
    await Promise.all([
      reading.catch(() => signal.throwIfAborted()),
      findMended(this.#deps, this.memory, signal),
    ]);
  }

  /** Asks at once, and waits for the answers. */
  async askNow(signal: AbortSignal): Promise<void> {
    await this.#readAround(signal);
  }

  /** Asks, in the background, for what explains why pods are not ready yet. */
  #askAround(): void {
    if (performance.now() < this.#nextSideReadAt) return;
    this.#nextSideReadAt = performance.now() + sideReadMs;
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(sideReadMs)]);
    this.#sideReads = this.#readAround(signal)
      .then(() => this.#clearTheWay(signal))
      .then(this.#wake, () => undefined);
  }

  async #readAround(signal: AbortSignal): Promise<void> {
    const { api, evidence } = this.#deps;
    const waiting = this.#waiting();
    const uids = [this.applied.uid, ...waiting.map((pod) => textOf(pod.metadata.uid))];
    const events = uids.map(async (uid) => this.#events.set(uid, await evidence.events(uid, signal)));
    await Promise.all(events);
    // Until they are back.
    if (this.#lostNodes.length > 0) await this.#readNodes(signal);
    if (this.applied.name.startsWith('daemonset/')) this.#troubledNodes = await troubledNodes(api, signal);
  }

  #waiting(): KubeObject[] {
    return this.newPods.filter((pod) => !isReady(pod)).slice(0, mostPodsAsked);
  }

  async #readNodes(signal: AbortSignal): Promise<void> {
    this.#lostNodes = await findLostNodes(this.#deps.api, this.#waiting(), signal);
  }

  async #clearTheWay(signal: AbortSignal): Promise<void> {
    if (!this.applied.name.startsWith('statefulset/')) return;
    const { replaces, appliedAt } = this.#rollout;
    const { deployId } = this.applied;
    const workload = this.#workloads.objects[0];
    const set = { workload, pods: this.#pods.objects, deployId, replaces, appliedAt };
    await removeStuckPod(this.#deps, set, signal);
  }
}

/** Cordoned or not ready. None where we may not look at nodes. */
async function troubledNodes(api: Api, signal: AbortSignal): Promise<string[]> {
  const nodes = listOf(at(await api.call({ path: '/api/v1/nodes' }, signal).catch(() => null), 'items'));
  return nodes
    .map((node) => ({ apiVersion: 'v1', kind: 'Node', ...node }) as KubeObject)
    .filter(
      (node) => at(node, 'spec', 'unschedulable') === true || podCondition(node, 'Ready').status !== 'True',
    )
    .map((node) => node.metadata.name);
}
