import type { JobHooks, JobVerdict, StartedJob } from '../../cluster-jobs.ts';
import { at, textOf } from '../../json-reading.ts';
import { createWakeup } from '../../wakeup.ts';
import type { Api } from '../api.ts';
import type { Budgets } from '../budgets.ts';
import { followLog } from '../container-log.ts';
import type { EvidenceReader } from '../evidence.ts';
import { findMended } from '../mended.ts';
import { ObjectWatch } from '../object-watch.ts';
import type { KubeObject } from '../objects.ts';
import { containerViews, isReady } from '../pods.ts';
import { isPullTrouble, pullFinding } from '../pull-finding.ts';
import { type EndedJob, judgeJob, newJobMemory } from './job-rule.ts';

export interface JobFollowDeps {
  api: Api;
  namespace: string;
  evidence: EvidenceReader;
  budgets: Budgets;
}

const longestWaitMs = 5_000;
/** How long the rest of the logs may take once the job has ended. */
const drainMs = 10_000;

/** Watches a job to its end, and reads what its pods say. */
export async function followJob(
  deps: JobFollowDeps,
  { job, hooks }: { job: StartedJob; hooks: JobHooks },
  signal: AbortSignal,
): Promise<JobVerdict> {
  await using view = new JobView(deps, { job, hooks });
  const memory = newJobMemory();
  let said = '';
  for (;;) {
    signal.throwIfAborted();
    const text = view.contactText;
    const look = view.look(job.uid);
    const judgement = look && judgeJob(look, { memory, budgets: deps.budgets });
    if (judgement?.state === 'ended') {
      if (await findMended(deps, memory, signal)) continue;
      await view.drain(signal);
      return askRegistry(deps, judgement, signal);
    }
    const line = text ?? judgement?.text ?? said;
    if (line !== said) hooks.onProgress(line);
    said = line;
    const recheckMs = (judgement?.recheckAt ?? Number.POSITIVE_INFINITY) - performance.now();
    await view.wait(Math.max(1, Math.min(longestWaitMs, recheckMs)), signal);
  }
}

/** Where an image could not be pulled, its registry knows more than the node. */
async function askRegistry(
  { evidence }: JobFollowDeps,
  { verdict, by }: EndedJob,
  signal: AbortSignal,
): Promise<JobVerdict> {
  const { trouble, pod } = by ?? {};
  if (trouble === undefined || !pod || !isPullTrouble(trouble)) return verdict;
  const limited = AbortSignal.any([signal, AbortSignal.timeout(drainMs)]);
  const facts = await evidence.pull(pod, trouble.container, limited);
  signal.throwIfAborted();
  if (facts === null) return verdict;
  const { message, hint } = pullFinding(trouble, facts);
  return { outcome: 'failed', cause: message, hint };
}

/** What is seen of a job: itself, its pods, what they log, and events of what waits. */
class JobView implements AsyncDisposable {
  readonly #deps: JobFollowDeps;
  readonly #hooks: JobHooks;
  readonly #wakeup = createWakeup();
  readonly #stopping = new AbortController();
  readonly #jobs: ObjectWatch;
  readonly #pods: ObjectWatch;
  readonly #logs = new Map<string, Promise<void>>();
  readonly #events = new Map<string, KubeObject[]>();
  #asking: Promise<unknown> | undefined;
  #nextAskAt = performance.now() + longestWaitMs;

  constructor(deps: JobFollowDeps, { job, hooks }: { job: StartedJob; hooks: JobHooks }) {
    this.#deps = deps;
    this.#hooks = hooks;
    const { api, namespace } = deps;
    const watch = (path: string, query: Record<string, string>) =>
      new ObjectWatch(api, { path, query }, this.#wakeup.wake).start();
    this.#jobs = watch(`/apis/batch/v1/namespaces/${namespace}/jobs`, {
      fieldSelector: `metadata.name=${job.name}`,
    });
    this.#pods = watch(`/api/v1/namespaces/${namespace}/pods`, { labelSelector: `job-name=${job.name}` });
  }

  /** Why nothing can be seen at the moment. */
  get contactText(): string | undefined {
    const failure = this.#jobs.failure ?? this.#pods.failure;
    return failure instanceof Error
      ? `the cluster does not answer, still trying: ${failure.message}`
      : undefined;
  }

  look(uid: string) {
    if (!this.#jobs.isSynced || !this.#pods.isSynced) return undefined;
    const pods = this.#pods.objects;
    for (const pod of pods) this.#readLogs(pod);
    this.#askAround(uid, pods);
    return { job: this.#jobs.objects[0] ?? null, uid, pods, events: this.#events, now: performance.now() };
  }

  wait(atMostMs: number, signal: AbortSignal): Promise<void> {
    return this.#wakeup.wait(atMostMs, signal);
  }

  /** Waits for the rest of what the pods have logged. */
  async drain(signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(drainMs)]);
    const { promise, resolve } = Promise.withResolvers<void>();
    limit.addEventListener('abort', () => resolve(), { once: true });
    await Promise.race([Promise.all(this.#logs.values()), promise]);
    signal.throwIfAborted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await Promise.all([this.#jobs.stop(), this.#pods.stop(), this.#asking, ...this.#logs.values()]);
  }

  /** Once its containers have begun. */
  #readLogs(pod: KubeObject): void {
    const views = containerViews(pod);
    for (const { name, status } of views) {
      const source = `${pod.metadata.name}/${name}`;
      const hasBegun = at(status, 'state', 'running') ?? at(status, 'state', 'terminated');
      if (hasBegun === undefined || this.#logs.has(source)) continue;
      this.#logs.set(source, this.#readLog(pod, { name, source, container: views.length > 1 ? name : null }));
    }
  }

  async #readLog(
    pod: KubeObject,
    { name, source, container }: { name: string; source: string; container: string | null },
  ): Promise<void> {
    const { api, namespace } = this.#deps;
    const target = {
      path: `/api/v1/namespaces/${namespace}/pods/${pod.metadata.name}/log`,
      container: name,
      after: this.#hooks.readUpTo[source],
      isOver: () => this.#isOver(pod.metadata.name, name),
    };
    const onLine = ({ mark, text }: { mark: string; text: string }) =>
      this.#hooks.onLine({ source, container, mark, text, at: Date.parse(mark) });
    const reading = { onLine, drained: this.#hooks.drained, signal: this.#stopping.signal };
    await followLog(api, target, reading).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) throw error;
    });
  }

  #isOver(podName: string, container: string): boolean {
    const pod = this.#pods.objects.find(({ metadata }) => metadata.name === podName);
    if (pod === undefined) return true;
    const status = containerViews(pod).find(({ name }) => name === container)?.status;
    return at(status, 'state', 'terminated') !== undefined;
  }

  /** Asks, in the background, for events that explain why nothing runs. */
  #askAround(uid: string, pods: KubeObject[]): void {
    if (performance.now() < this.#nextAskAt) return;
    this.#nextAskAt = performance.now() + longestWaitMs;
    const waiting = pods.filter((pod) => !isReady(pod)).slice(0, 2);
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(longestWaitMs)]);
    const ask = async (of: string) => void this.#events.set(of, await this.#deps.evidence.events(of, signal));
    this.#asking = Promise.all([uid, ...waiting.map((pod) => textOf(pod.metadata.uid))].map(ask)).then(
      this.#wakeup.wake,
      () => undefined,
    );
  }
}
