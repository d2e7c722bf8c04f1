import type { CauseClass } from '../cluster.ts';
import { at, listOf, textOf } from '../json-reading.ts';
import type { Budgets } from './budgets.ts';
import { crashTrouble } from './crash.ts';
import type { KubeObject } from './objects.ts';
import { type ContainerView, containerViews, isReady, podCondition } from './pods.ts';
import { neverReady } from './readiness.ts';

/** What keeps one pod from becoming healthy. */
export interface Trouble {
  class: CauseClass;
  /** null: the pod as a whole. */
  container: string | null;
  /** The sentence after "3 of 3 new pods: ". */
  message: string;
  hint: string | null;
  /** How long it may last, from when it was first seen; 0: it is hopeless now; Infinity: it may yet pass. */
  toleranceMs: number;
}

/** What the pod's own status does not tell, or tells only for a moment. */
export interface PodContext {
  budgets: Budgets;
  /** The pod's events, when they were asked for. */
  events: KubeObject[];
  /** Why the last pull failed: the status says so only between two attempts. */
  pullError(container: string): string;
}

/** The worst trouble of a pod; undefined when there is none to be seen. */
export function troubleOf(pod: KubeObject, context: PodContext): Trouble | undefined {
  if (isReady(pod)) return undefined;
  const troubles = [
    schedulingTrouble(pod, context),
    ...containerViews(pod).map((container) => containerTrouble(container, context)),
    mountTrouble(context),
    gateTrouble(pod),
  ].filter((trouble) => trouble !== undefined);
  return troubles.sort((left, right) => left.toleranceMs - right.toleranceMs)[0];
}

function containerTrouble(container: ContainerView, context: PodContext): Trouble | undefined {
  const waiting = textOf(at(container.status, 'state', 'waiting', 'reason'));
  return (
    crashTrouble(container, context.budgets) ??
    waitingTroubles[waiting]?.(container, context) ??
    neverReady(container, context)
  );
}

type WaitingTrouble = (container: ContainerView, context: PodContext) => Trouble | undefined;

/** By the reason that the kubelet gives for a container that does not run. */
const waitingTroubles: Record<string, WaitingTrouble> = {
  ErrImagePull: pullTrouble,
  ImagePullBackOff: pullTrouble,
  ErrImageNeverPull: invalidImage,
  InvalidImageName: invalidImage,
  CreateContainerConfigError: configurationTrouble,
};

/**
 * The kubelet passes on the engine's text and nothing else, so the text decides; what it does not know counts as a
 * registry out of reach, which is borne longest.
 */
function pullTrouble(container: ContainerView, { budgets, events, pullError }: PodContext): Trouble {
  const image = textOf(container.spec.image);
  const text = pullError(container.name) || pullEvent(events);
  const common = { container: container.name, message: `container \`${container.name}\`: ` };
  if (/not found|manifest unknown|name unknown/i.test(text)) {
    const message = `${common.message}the image ${image} does not exist`;
    return {
      ...common,
      class: 'image-missing',
      message,
      hint: 'Was it pushed, and not deleted since?',
      toleranceMs: 0,
    };
  }
  if (/unauthorized|authentication required|denied|no basic auth|forbidden|\b40[13]\b/i.test(text)) {
    const message = `${common.message}the node may not pull ${image}: ${withoutAccount(text)}`;
    const hint = 'Give the service account of the namespace an image pull secret for this registry.';
    return { ...common, class: 'image-denied', message, hint, toleranceMs: budgets.pullDeniedMs };
  }
  const message = `${common.message}the node cannot pull ${image}: ${withoutAccount(text) || 'no reason known yet'}`;
  const hint = 'Check that the node reaches the registry and trusts its certificate.';
  return { ...common, class: 'image-unreachable', message, hint, toleranceMs: budgets.pullUnreachableMs };
}

function pullEvent(events: KubeObject[]): string {
  const failures = events.filter(
    ({ reason, message }) => reason === 'Failed' && /pull/i.test(textOf(message)),
  );
  return textOf(failures.at(-1)?.message);
}

/** Registries name the account in their rate-limit message. */
export function withoutAccount(text: string): string {
  return text.replaceAll(/(pull rate limit as )\S+/gi, '$1[account]');
}

function invalidImage(container: ContainerView): Trouble {
  const reason = textOf(at(container.status, 'state', 'waiting', 'reason'));
  return {
    class: 'image-invalid',
    container: container.name,
    message: `container \`${container.name}\`: ${reason} for the image ${textOf(container.spec.image)}`,
    hint: null,
    toleranceMs: 0,
  };
}

/** The kubelet's caches may lag behind for a moment, which looks the same but for the text. */
function configurationTrouble(container: ContainerView, { budgets }: PodContext): Trouble {
  const text = textOf(at(container.status, 'state', 'waiting', 'message'));
  return {
    class: 'configuration-missing',
    container: container.name,
    message: `container \`${container.name}\` cannot be made: ${text}`,
    hint: 'Add it to the manifests, or create it in the namespace.',
    toleranceMs: /failed to sync .*cache/.test(text) ? Number.POSITIVE_INFINITY : budgets.configurationMs,
  };
}

/** A volume whose ConfigMap or Secret is missing keeps the pod waiting without a word in its status. */
function mountTrouble({ events, budgets }: PodContext): Trouble | undefined {
  const failure = events.findLast(
    ({ reason }) => reason === 'FailedMount' || reason === 'FailedAttachVolume',
  );
  if (failure === undefined) return undefined;
  const text = textOf(failure.message);
  const isMissing = /not found|non-existent/.test(text);
  return {
    class: isMissing ? 'configuration-missing' : 'incomplete',
    container: null,
    message: `a volume cannot be mounted: ${text}`,
    hint: isMissing ? 'Add it to the manifests, or create it in the namespace.' : null,
    toleranceMs: isMissing ? budgets.configurationMs : Number.POSITIVE_INFINITY,
  };
}

function schedulingTrouble(pod: KubeObject, { budgets, events }: PodContext): Trouble | undefined {
  const scheduled = podCondition(pod, 'PodScheduled');
  if (scheduled.status !== 'False' || scheduled.reason !== 'Unschedulable') return undefined;
  const isScalingUp = events.some(({ reason }) => reason === 'TriggeredScaleUp');
  return {
    class: 'unschedulable',
    container: null,
    message: `no node takes the pod: ${textOf(scheduled.message)}`,
    hint: isScalingUp ? 'The cluster is adding a node.' : 'Lower the requests, or add a node that fits.',
    toleranceMs: isScalingUp ? budgets.scaleUpMs : budgets.unschedulableMs,
  };
}

function gateTrouble(pod: KubeObject): Trouble | undefined {
  if (podCondition(pod, 'ContainersReady').status !== 'True') return undefined;
  const gates = listOf(at(pod, 'spec', 'readinessGates')).map((gate) => textOf(gate.conditionType));
  const closed = gates.find((gate) => podCondition(pod, gate).status !== 'True');
  if (closed === undefined) return undefined;
  const message = `the readiness gate ${closed} is not open`;
  return {
    class: 'never-ready',
    container: null,
    message,
    hint: null,
    toleranceMs: Number.POSITIVE_INFINITY,
  };
}
