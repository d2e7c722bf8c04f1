import type { CauseClass } from '../../domain/cause-class.ts';
import { advise, type Hint, joinHints } from '../../domain/hint.ts';
import { at, listOf, textOf } from '../json-reading.ts';
import { mountTrouble, sandboxTrouble } from './before-start.ts';
import type { Budgets } from './budgets.ts';
import { crashTrouble } from './crash.ts';
import { engineWords } from './engine-words.ts';
import { failedHook } from './failed-hook.ts';
import { type Missing, missingConfiguration } from './missing.ts';
import { namedNodeTrouble } from './named-node.ts';
import type { KubeObject } from './objects.ts';
import { type ContainerView, containerViews, isReady, podCondition } from './pods.ts';
import { pullTrouble } from './pull-trouble.ts';
import { killedByProbe, neverReady } from './readiness.ts';
import type { FailedPulls } from './watch-memory.ts';

/** What keeps one pod from becoming healthy. */
export interface Trouble {
  class: CauseClass;
  /** null: the pod as a whole. */
  container: string | null;
  /** The sentence after "3 of 3 new pods: ". */
  message: string;
  hint: Hint | null;
  /** How long it may last, from when it was first seen; 0: it is hopeless now; Infinity: it may yet pass. */
  toleranceMs: number;
  /** What it waits for, where its text names that. */
  missing?: Missing | undefined;
  /** The node has not said why yet: others may know. */
  isUnexplained?: true;
  /** Every pod of its workload has it from the first moment: one that comes for another has no time of its own. */
  isOfTemplate?: true;
  /** Its node is lost, or pods that end may make room for it: it has its time from when that is over. */
  borneFor?: 'lost-node' | 'ending-pods';
}

/** What the pod's own status does not tell, or tells only for a moment. */
export interface PodContext {
  budgets: Budgets;
  /** The pod's events, when they were asked for. */
  events: KubeObject[];
  /** What is remembered of the pulls that have failed. */
  failedPulls(container: string): FailedPulls | undefined;
  /** What a postStart hook that has failed said. */
  failedHook?(container: string): string | undefined;
}

/** What troubles of a pod there are to be seen, the worst first. */
export function troublesOf(pod: KubeObject, context: PodContext): Trouble[] {
  if (isReady(pod)) return [];
  const troubles = [
    schedulingTrouble(pod, context),
    namedNodeTrouble(pod, context.budgets),
    ...containerViews(pod).map((container) => containerTrouble(container, pod, context)),
    mountTrouble(pod, context),
    sandboxTrouble(pod, context),
    gateTrouble(pod),
  ].filter((trouble) => trouble !== undefined);
  return troubles.toSorted((left, right) => compareTolerance(left, right));
}

/** Infinity minus itself is no number. */
function compareTolerance(left: Trouble, right: Trouble): number {
  return left.toleranceMs === right.toleranceMs ? 0 : left.toleranceMs - right.toleranceMs;
}

function containerTrouble(
  container: ContainerView,
  pod: KubeObject,
  context: PodContext,
): Trouble | undefined {
  const end = crashTrouble(container, context.budgets);
  const { events } = context;
  const hook = failedHook(container, { seen: context.failedHook?.(container.name), events }, end);
  const crash = killedByProbe(container, events, hook);
  if (crash?.toleranceMs === 0) return crash;
  const waiting = textOf(at(container.status, 'state', 'waiting', 'reason'));
  // An end that may be borne does not hide what has kept the container from being ready since.
  const still = neverReady(container, context) ?? neverEnding(container);
  return waitingTroubles[waiting]?.(container, context, pod) ?? still ?? crash;
}

/** The other containers wait for it, and nobody knows for how long that is right. */
function neverEnding({ status, name, isInit }: ContainerView): Trouble | undefined {
  const startedAt = textOf(at(status, 'state', 'running', 'startedAt'));
  if (!isInit || startedAt === '') return undefined;
  return {
    class: 'incomplete',
    container: name,
    message: `init container \`${name}\` runs since ${startedAt} and has not ended`,
    hint: advise('init-waits'),
    toleranceMs: Number.POSITIVE_INFINITY,
  };
}

type WaitingTrouble = (container: ContainerView, context: PodContext, pod: KubeObject) => Trouble | undefined;

/** By the reason that the kubelet gives for a container that does not run. */
const waitingTroubles: Record<string, WaitingTrouble> = {
  ErrImagePull: pullTrouble,
  ImagePullBackOff: pullTrouble,
  ErrImageNeverPull: invalidImage,
  InvalidImageName: invalidImage,
  CreateContainerConfigError: configurationTrouble,
  CreateContainerError: unmakeable,
};

function invalidImage(container: ContainerView): Trouble {
  const reason = textOf(at(container.status, 'state', 'waiting', 'reason'));
  return {
    class: 'image-invalid',
    container: container.name,
    message: `container \`${container.name}\`: ${reason} for the image ${textOf(container.spec.image)}`,
    hint: reason === 'InvalidImageName' ? advise('image-name') : advise('never-pulled'),
    toleranceMs: 0,
  };
}

/** The engine of the node says no, such as to an image without any command. */
function unmakeable(container: ContainerView, { budgets }: PodContext): Trouble {
  const text = textOf(at(container.status, 'state', 'waiting', 'message'));
  return {
    class: 'rejected',
    container: container.name,
    message: `container \`${container.name}\` cannot be made: ${engineWords(text)}`,
    hint: /no command specified/i.test(text) ? advise('no-command') : null,
    toleranceMs: budgets.configurationMs,
  };
}

/** The kubelet's caches may lag behind for a moment, which looks the same but for the text. */
function configurationTrouble(container: ContainerView, { budgets }: PodContext, pod: KubeObject): Trouble {
  const text = textOf(at(container.status, 'state', 'waiting', 'message'));
  if (/runAsNonRoot|non-root/.test(text)) return rootImage(container, text);
  return {
    class: 'configuration-missing',
    container: container.name,
    message: `container \`${container.name}\` cannot be made: ${text}`,
    hint: advise('add-configuration'),
    toleranceMs: /failed to sync .*cache/.test(text) ? Number.POSITIVE_INFINITY : budgets.configurationMs,
    missing: missingConfiguration(text, pod),
  };
}

/** It will be the same image as long as the pod lives. */
function rootImage({ name }: ContainerView, text: string): Trouble {
  return {
    class: 'rejected',
    container: name,
    message: `container \`${name}\` cannot be made: ${text.replace(/ \(pod: .*$/, '')}`,
    hint: advise('root-image'),
    toleranceMs: 0,
  };
}

function schedulingTrouble(pod: KubeObject, { budgets, events }: PodContext): Trouble | undefined {
  const scheduled = podCondition(pod, 'PodScheduled');
  if (scheduled.status !== 'False' || scheduled.reason !== 'Unschedulable') return undefined;
  const isScalingUp = events.some(({ reason }) => reason === 'TriggeredScaleUp');
  const refusal = textOf(events.findLast(({ reason }) => reason === 'NotTriggerScaleUp')?.message);
  const refused = refusal === '' ? null : advise('node-not-coming', { why: refusal });
  return {
    class: 'unschedulable',
    container: null,
    message: `no node takes the pod: ${textOf(scheduled.message)}`,
    hint: isScalingUp ? advise('node-coming') : joinHints(placingHint(textOf(scheduled.message)), refused),
    toleranceMs: isScalingUp ? budgets.scaleUpMs : budgets.unschedulableMs,
  };
}

/** By what the scheduler says of the nodes, of which each may have something else against the pod. */
function placingHint(text: string): Hint {
  const ways = [
    ...(/Insufficient|Too many pods/i.test(text) ? [advise('lower-requests')] : []),
    ...(/anti-affinity/.test(text) ? [advise('loosen-affinity')] : []),
    ...(/node selector|node affinity/.test(text) ? [advise('correct-affinity')] : []),
    ...(/taint/.test(text) ? [advise('tolerate')] : []),
    ...(/topology spread/.test(text) ? [advise('loosen-spread')] : []),
  ];
  return joinHints(...(ways.length === 0 ? [advise('lower-requests')] : ways), advise('or-add-node'));
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
