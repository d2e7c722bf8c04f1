import type { AppliedRollout, AppliedWorkload } from '../cluster.ts';
import { type EngineApi, isRefusalWith } from './engine-api.ts';
import type { Look, Memory } from './judge.ts';
import { splitTasks } from './judge.ts';
import { type Service, toService } from './service.ts';
import type { CredentialsFor } from './service-writer.ts';
import { hasFailed, type Task, toTasks } from './task.ts';
import { type ContainerFacts, checkImage, type ImageCheck, readContainerFacts } from './task-facts.ts';

export interface WatchDeps {
  api: EngineApi;
  credentialsFor: CredentialsFor;
}

/** A registry that could not be asked is asked again after so long. */
const imageCheckMs = 5_000;

/** Looks at one service again and again, and keeps what was found out about its tasks. */
export class ServiceWatch {
  readonly applied: AppliedWorkload;
  readonly memory: Memory = { healthy: undefined, firstSeen: new Map() };
  /** Counts changes of the service or its tasks. */
  changes = 0;
  readonly #deps: WatchDeps;
  readonly #rollout: AppliedRollout;
  readonly #facts = new Map<string, ContainerFacts>();
  readonly #images = new Map<string, ImageCheck & { at: number }>();
  #seen = '';

  constructor(deps: WatchDeps, applied: AppliedWorkload, rollout: AppliedRollout) {
    this.#deps = deps;
    this.applied = applied;
    this.#rollout = rollout;
  }

  /** @throws Fault `cluster-unreachable`, EngineRefusal */
  async look(signal: AbortSignal): Promise<Look> {
    const service = await this.#readService(signal);
    const tasks = service === null ? [] : await this.#readTasks(signal);
    this.#countChange(service, tasks);
    const { places } = splitTasks(tasks, { applied: this.applied, rollout: this.#rollout });
    for (const list of places) {
      const [newest] = list.filter(hasFailed);
      if (newest !== undefined) await this.#findOut(newest, signal);
    }
    return { service, tasks, facts: this.#facts, images: this.#images, now: performance.now() };
  }

  async #readService(signal: AbortSignal): Promise<Service | null> {
    try {
      return toService(await this.#deps.api.call({ path: `/services/${this.applied.uid}` }, signal));
    } catch (error) {
      if (isRefusalWith(error, 404)) return null;
      throw error;
    }
  }

  async #readTasks(signal: AbortSignal): Promise<Task[]> {
    const query = { filters: { service: [this.applied.uid] } };
    return toTasks(await this.#deps.api.call({ path: '/tasks', query }, signal));
  }

  #countChange(service: Service | null, tasks: Task[]): void {
    const seen = JSON.stringify([service?.version, tasks.map(({ id, state }) => [id, state]).sort()]);
    if (seen !== this.#seen) this.changes++;
    this.#seen = seen;
  }

  /** Why a task has failed, as far as its own words do not say; asked once for each task. */
  async #findOut(task: Task, signal: AbortSignal): Promise<void> {
    const { api, credentialsFor } = this.#deps;
    if (!this.#facts.has(task.id)) {
      const facts = await readContainerFacts(api, task.containerId, signal);
      if (facts !== undefined) this.#facts.set(task.id, facts);
    }
    if (!/no such image/i.test(task.error)) return;
    const known = this.#images.get(task.image);
    if (known !== undefined && performance.now() - known.at < imageCheckMs) return;
    const check = await checkImage({ api, credentialsFor }, task.image, signal);
    this.#images.set(task.image, { ...check, at: performance.now() });
  }
}
