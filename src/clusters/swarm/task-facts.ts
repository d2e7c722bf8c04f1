import { parseImageReference } from '../../domain/image-reference.ts';
import type { JsonObject } from '../../domain/json.ts';
import { at, listOf, numberOf, recordOf, textOf, timeOf } from '../json-reading.ts';
import type { EngineApi } from './engine-api.ts';
import { isRefusalWith } from './engine-api.ts';
import type { CredentialsFor } from './service-writer.ts';
import { registryAuthFor } from './service-writer.ts';
import type { Task } from './task.ts';

/** What only the engine knows on which a task ran. */
export interface ContainerFacts {
  /** NaN: it never ran. */
  lifetimeSeconds: number;
  isOutOfMemory: boolean;
  /** Its health check had given up: then it is asked to end, and may do so with whatever exit code. */
  isUnhealthy: boolean;
  /** What the health check said last. */
  lastHealthOutput: string;
}

/** undefined: the container is gone, or on another node, or this engine has yet to note its end. */
export async function readContainerFacts(
  api: EngineApi,
  containerId: string,
  signal: AbortSignal,
): Promise<ContainerFacts | undefined> {
  if (containerId === '') return undefined;
  try {
    const container = await api.call({ path: `/containers/${containerId}/json` }, signal);
    const state = recordOf(at(container, 'State'));
    if (state.Running === true) return undefined;
    const checks = listOf(at(state, 'Health', 'Log'));
    return {
      lifetimeSeconds: lifetimeSeconds(state),
      isOutOfMemory: state.OOMKilled === true,
      isUnhealthy: hasGivenUp(container),
      lastHealthOutput: textOf(checks.at(-1)?.Output).trim().slice(0, 300),
    };
  } catch (error) {
    if (isRefusalWith(error, 404, 409)) return undefined;
    throw error;
  }
}

/**
 * Seconds between start and end of a container, NaN when it has not started or not ended: the engine writes year 1 for
 * both. A container that ends at once may bear an end before its start: the end is when the process went, the start is
 * when the engine, perhaps busy, noted it.
 */
export function lifetimeSeconds({ StartedAt, FinishedAt }: JsonObject): number {
  const [started, finished] = [timeOf(StartedAt), timeOf(FinishedAt)];
  if (!(started > 0 && finished > 0)) return Number.NaN;
  return Math.max(0, Math.round((finished - started) / 1000));
}

/** The engine calls every container unhealthy that has a health check and has ended: the number of failures tells. */
function hasGivenUp(container: unknown): boolean {
  const { Status, FailingStreak } = recordOf(at(container, 'State', 'Health'));
  const retries = numberOf(at(container, 'Config', 'Healthcheck', 'Retries'), 0) || defaultRetries;
  return Status === 'unhealthy' && numberOf(FailingStreak, 0) >= retries;
}

const defaultRetries = 3;

/**
 * Whether the containers of running tasks really run, from the very image of the spec, as far as this engine has them:
 * a busy node tells the swarm seconds late that one has ended.
 */
export async function areRunning(api: EngineApi, tasks: Task[], signal: AbortSignal): Promise<boolean> {
  for (const { containerId, image } of tasks) {
    try {
      const container = await api.call({ path: `/containers/${containerId}/json` }, signal);
      const isSame = textOf(at(container, 'Config', 'Image')) === image;
      if (at(container, 'State', 'Running') !== true || !isSame) return false;
    } catch (error) {
      if (!isRefusalWith(error, 404)) throw error;
    }
  }
  return true;
}

/** Whether the swarm's nodes can have an image, as far as this engine can tell. */
export interface ImageCheck {
  state: 'there' | 'missing' | 'denied' | 'unreachable';
  /** The engine's words. */
  text: string;
}

/**
 * Asks the registry for the image, through the engine and with the account that the nodes have: of a pull that has
 * failed, a task tells only that the image is not there.
 */
export async function checkImage(
  { api, credentialsFor }: { api: EngineApi; credentialsFor: CredentialsFor },
  image: string,
  signal: AbortSignal,
): Promise<ImageCheck> {
  try {
    const registryAuth = registryAuthFor(image, credentialsFor);
    await api.call({ path: `/distribution/${nameIn(image)}/json`, registryAuth }, signal);
    return { state: 'there', text: '' };
  } catch (error) {
    signal.throwIfAborted();
    const text = error instanceof Error ? error.message : String(error);
    return { state: stateBehind(text), text };
  }
}

/** The engine gives the same status for all of them, and nothing else but its text. */
function stateBehind(text: string): ImageCheck['state'] {
  if (/not found|manifest unknown|name unknown|no such manifest/i.test(text)) return 'missing';
  if (/unauthorized|authentication required|denied|no basic auth|forbidden|\b40[13]\b/i.test(text))
    return 'denied';
  return 'unreachable';
}

/** A path of the API: the digest alone, where a reference has both tag and digest. */
function nameIn(image: string): string {
  const reference = parseImageReference(image);
  if (reference === null || reference.digest === null) return image;
  return `${reference.host === null ? '' : `${reference.host}/`}${reference.name}@${reference.digest}`;
}
