import { setTimeout as delay } from 'node:timers/promises';
import { at, listOf, recordOf, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { ApiError, isApiError } from './api-error.ts';
import { isKubeObject, type KubeObject } from './objects.ts';

export interface WatchTarget {
  /** The collection's path. */
  path: string;
  /** Selectors. */
  query: Record<string, string>;
}

/** Server and client part after this, on average; no answer stays open for ever. */
const longestStreamMs = 280_000;
/** Servers send a bookmark each minute: a stream that is silent for longer has lost its other end. */
const longestSilenceMs = 75_000;
const shortestPauseMs = 50;
const longestPauseMs = 5_000;

/**
 * The objects of a selector, kept up to date by list and watch from `start` until `stop`. It survives silence, an
 * expired version, and an API server that is away; it never gives up and never starts again once stopped.
 */
export class ObjectWatch {
  readonly #api: Api;
  readonly #target: WatchTarget;
  readonly #onChange: () => void;
  readonly #stopping = new AbortController();
  readonly #objects = new Map<string, KubeObject>();
  #version: string | undefined;
  #isSynced = false;
  #failure: unknown;
  #loop: Promise<void> = Promise.resolve();

  constructor(api: Api, target: WatchTarget, onChange: () => void) {
    this.#api = api;
    this.#target = target;
    this.#onChange = onChange;
  }

  start(): this {
    this.#loop = this.#run();
    return this;
  }

  /** False until the first list is complete. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  get objects(): KubeObject[] {
    return [...this.#objects.values()];
  }

  /** Why the objects are not up to date right now; undefined while they are. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Resolves when nothing of the watch is left: no timer, no socket. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let pauseMs = shortestPauseMs;
    while (!signal.aborted) {
      try {
        if (this.#version === undefined) await this.#list(signal);
        await this.#watch(signal, () => {
          pauseMs = shortestPauseMs;
        });
      } catch (error) {
        if (signal.aborted) return;
        if (isApiError(error, 410)) this.#version = undefined;
        else this.#failed(error);
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      }
      await delay(pauseMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
    }
  }

  #failed(error: unknown): void {
    this.#failure = error;
    this.#onChange();
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { path, query } = this.#target;
    const list = recordOf(await this.#api.call({ path, query }, signal));
    this.#objects.clear();
    // The items of a list do not say what they are; the list does.
    const kind = textOf(list.kind).replace(/List$/, '');
    for (const item of listOf(list.items)) {
      this.#keep({ apiVersion: textOf(list.apiVersion), kind, ...item });
    }
    this.#version = textOf(at(list, 'metadata', 'resourceVersion'));
    this.#isSynced = true;
    this.#failure = undefined;
    this.#onChange();
  }

  async #watch(signal: AbortSignal, onLife: () => void): Promise<void> {
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(), longestSilenceMs);
    const timeoutSeconds = String(Math.round((longestStreamMs / 1000) * (0.75 + Math.random() / 4)));
    const query = {
      ...this.#target.query,
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: this.#version ?? '',
      timeoutSeconds,
    };
    try {
      const stream = await this.#api.stream(
        { path: this.#target.path, query },
        AbortSignal.any([signal, silence.signal]),
      );
      if (this.#failure !== undefined) this.#failed(undefined);
      for await (const line of linesOf(stream.setEncoding('utf8'))) {
        timer.refresh();
        onLife();
        this.#take(JSON.parse(line));
      }
    } catch (error) {
      if (!silence.signal.aborted) throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #take(event: unknown): void {
    const { type, object } = recordOf(event);
    if (type === 'ERROR') {
      const status = Number(at(object, 'code') ?? 500);
      throw new ApiError({ status, body: object, retryAfter: undefined });
    }
    const version = textOf(at(object, 'metadata', 'resourceVersion'));
    if (version !== '') this.#version = version;
    if (type === 'BOOKMARK' || !isKubeObject(object)) return;
    if (type === 'DELETED') this.#objects.delete(textOf(object.metadata.uid));
    else this.#keep(object);
    this.#onChange();
  }

  #keep(object: unknown): void {
    if (isKubeObject(object)) this.#objects.set(textOf(object.metadata.uid), object);
  }
}

async function* linesOf(stream: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
}
