import type { LogWish } from '../container-line.ts';
import { at } from '../json-reading.ts';
import type { Api } from './api.ts';
import { followLog, type MarkedLine } from './container-log.ts';
import type { KubeObject } from './objects.ts';
import { containerViews } from './pods.ts';

/** The rest of a talkative container is nobody's news: its own log has it. */
const mostLines = 500;
const mostLineUnits = 2_000;
const mostFollowed = 20;
const longestPauseMs = 5_000;

interface Followed {
  pod: string;
  container: string;
  label: string;
}

/** Reads what new pods write while they are watched; `take` is to be called with all of a workload whenever there is news. */
export class PodLogs implements AsyncDisposable {
  readonly #place: { api: Api; namespace: string };
  readonly #wish: LogWish;
  readonly #stopping = new AbortController();
  readonly #reading = new Map<string, Promise<void>>();
  /** Of `one`: workload and container -> the pod whose turn it is. */
  readonly #chosen = new Map<string, string>();
  readonly #present = new Map<string, ReadonlySet<string>>();

  constructor(place: { api: Api; namespace: string }, wish: LogWish) {
    this.#place = place;
    this.#wish = wish;
  }

  take(workload: string, newPods: readonly KubeObject[]): void {
    this.#present.set(workload, new Set(newPods.map(({ metadata }) => metadata.name)));
    for (const pod of newPods) {
      const views = containerViews(pod);
      for (const { name, status } of views) {
        // Of one that waits to be started again, the last life is told: a short one may be over before it is seen.
        const hasBegun =
          at(status, 'state', 'running') ??
          at(status, 'state', 'terminated') ??
          at(status, 'lastState', 'terminated');
        if (hasBegun === undefined || !this.#isWanted(workload, pod.metadata.name, name)) continue;
        const label = views.length > 1 ? `${pod.metadata.name}/${name}` : pod.metadata.name;
        this.#follow(workload, { pod: pod.metadata.name, container: name, label });
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#reading.values());
  }

  /** Another pod has its turn once the chosen one has gone. */
  #isWanted(workload: string, pod: string, container: string): boolean {
    if (this.#wish.of === 'all') return true;
    const key = `${workload} ${container}`;
    const chosen = this.#chosen.get(key);
    if (chosen === undefined || this.#present.get(workload)?.has(chosen) !== true) this.#chosen.set(key, pod);
    return this.#chosen.get(key) === pod;
  }

  #follow(workload: string, followed: Followed): void {
    const source = `${followed.pod}/${followed.container}`;
    if (this.#reading.has(source) || this.#reading.size >= mostFollowed) return;
    this.#reading.set(
      source,
      this.#read(workload, { ...followed, source }).catch(() => undefined),
    );
  }

  async #read(
    workload: string,
    { pod, container, label, source }: Followed & { source: string },
  ): Promise<void> {
    const enough = new AbortController();
    const signal = AbortSignal.any([this.#stopping.signal, enough.signal]);
    let lines = 0;
    const give = (mark: string, text: string) =>
      this.#wish.onLine({ source, container: label, mark, text, at: Date.parse(mark) });
    const onLine = ({ mark, text }: MarkedLine) => {
      lines += 1;
      if (lines <= mostLines) give(mark, text.slice(0, mostLineUnits).toWellFormed());
      else if (lines === mostLines + 1) {
        const { namespace } = this.#place;
        give(
          mark,
          `[what follows is left out; read it with: kubectl -n ${namespace} logs ${pod} -c ${container}]`,
        );
        enough.abort();
      }
    };
    const target = {
      path: `/api/v1/namespaces/${this.#place.namespace}/pods/${pod}/log`,
      container,
      after: this.#wish.readUpTo[source],
      isOver: () => this.#present.get(workload)?.has(pod) !== true,
      longestPauseMs,
    };
    await followLog(this.#place.api, target, { onLine, signal });
  }
}
