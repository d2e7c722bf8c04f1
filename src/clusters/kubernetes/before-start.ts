import { advise, type Hint } from '../../domain/hint.ts';
import { at, numberOf, textOf } from '../json-reading.ts';
import { type Missing, missingConfiguration } from './missing.ts';
import type { KubeObject } from './objects.ts';
import type { PodContext, Trouble } from './pod-trouble.ts';
import { type ContainerView, containerViews } from './pods.ts';

/**
 * A volume whose ConfigMap or Secret is missing keeps the pod waiting without a word in its status. Once a container
 * has got further than that, the events tell of what has passed.
 */
export function mountTrouble(pod: KubeObject, { events, budgets }: PodContext): Trouble | undefined {
  if (containerViews(pod).some(isPastMounts)) return undefined;
  const failures = events
    .filter(({ reason }) => reason === 'FailedMount' || reason === 'FailedAttachVolume')
    .map(({ message }) => textOf(message));
  // That it waits is said in turns with what it waits for.
  const text =
    failures.findLast((said) => !/^Unable to (attach or )?mount volumes/.test(said)) ?? failures.at(-1);
  if (text === undefined) return undefined;
  // The volume manager of the node learns of objects with a delay, which looks the same but for the text.
  const isMissing = /not found|non-existent/.test(text) && !/failed to sync .*cache/.test(text);
  const missing = missingConfiguration(text, pod);
  return {
    class: isMissing ? 'configuration-missing' : 'incomplete',
    container: null,
    message: `a volume cannot be mounted: ${inOneLine(text)}${ownerOf(missing)}`,
    hint: isMissing ? advise('add-configuration') : mountHint(text),
    toleranceMs: isMissing ? budgets.configurationMs : Number.POSITIVE_INFINITY,
    missing,
  };
}

/** Of a key the node does not say where it is missing. */
function ownerOf(missing: Missing | undefined): string {
  if (missing === undefined || !('key' in missing) || missing.key === null) return '';
  return ` (of ${missing.kind.slice(0, -1)}/${missing.name})`;
}

/** The node tells the whole command it has tried, and its output last. */
function inOneLine(text: string): string {
  const [first = '', ...rest] = text.split('\n').map((line) => line.trim());
  const output = rest.findLast((line) => line !== '');
  return output === undefined ? first : `${first} ${output.replace(/^Output: /, '')}`;
}

function mountHint(text: string): Hint | null {
  if (/helper program|unknown filesystem type/.test(text)) return advise('mount-program');
  if (/Multi-Attach error/.test(text)) return advise('volume-elsewhere');
  return null;
}

/** Neither a word in the status: the network of the pod, or the frame for its containers, cannot be had. */
export function sandboxTrouble(pod: KubeObject, { events }: PodContext): Trouble | undefined {
  if (containerViews(pod).some(isPastMounts)) return undefined;
  const failure = events.findLast(({ reason }) => reason === 'FailedCreatePodSandBox');
  if (failure === undefined) return undefined;
  return {
    class: 'incomplete',
    container: null,
    message: `the node cannot make the pod's sandbox: ${textOf(failure.message).replace(/^Failed to create pod sandbox: /, '')}`,
    hint: advise('sandbox'),
    toleranceMs: Number.POSITIVE_INFINITY,
  };
}

function isPastMounts({ status }: ContainerView): boolean {
  const waiting = textOf(at(status, 'state', 'waiting', 'reason'));
  const isBefore = ['', 'ContainerCreating', 'PodInitializing'].includes(waiting);
  const hasBegun =
    at(status, 'state', 'running') !== undefined || at(status, 'state', 'terminated') !== undefined;
  return hasBegun || !isBefore || numberOf(status.restartCount, 0) > 0;
}
