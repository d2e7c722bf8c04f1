import type { CauseClass } from '../../domain/cause-class.ts';
import { advise, type Hint } from '../../domain/hint.ts';
import { exitText } from '../exit-text.ts';
import type { Budgets } from './budgets.ts';
import { hasFailed, type Task } from './task.ts';
import type { ContainerFacts, ImageCheck } from './task-facts.ts';

/** What keeps one replica from running. */
export interface Trouble {
  class: CauseClass;
  /** null: the container does not even exist. */
  container: string | null;
  /** The sentence after "3 of 3 new tasks: ". */
  message: string;
  hint: Hint | null;
  /** How long it may last, from when it was first seen; 0: it is hopeless now; Infinity: it may yet pass. */
  toleranceMs: number;
}

export interface TroubleContext {
  container: string;
  budgets: Budgets;
  /** By task. */
  facts: ReadonlyMap<string, ContainerFacts>;
  /** By image. */
  images: ReadonlyMap<string, ImageCheck>;
  /** Old tasks are ending, and what they hold comes free. */
  isHandingOver: boolean;
}

/** @param tasks of one place, newest first */
export function troubleOf(tasks: Task[], context: TroubleContext): Trouble | undefined {
  const [current] = tasks;
  if (current === undefined || current.state === 'running') return undefined;
  if (current.state === 'pending' && current.error !== '')
    return context.isHandingOver ? undefined : schedulingTrouble(current, context);
  const failures = tasks.filter(hasFailed);
  const [last] = failures;
  return last === undefined
    ? undefined
    : failureTrouble(last, { ...context, failures: failures.length, isLast: isLast(current) });
}

/** Nothing takes its place. */
function isLast({ state, restartCondition }: Task): boolean {
  if (state === 'complete') return restartCondition !== 'any';
  return (state === 'failed' || state === 'rejected') && restartCondition === 'none';
}

function schedulingTrouble({ error }: Task, { budgets }: TroubleContext): Trouble {
  const isPort = /port already in use/i.test(error);
  return {
    class: isPort ? 'port-in-use' : 'unschedulable',
    container: null,
    message: isPort ? `a published port is taken: ${error}` : `no node takes the task: ${error}`,
    hint: isPort ? advise('host-port') : advise('swarm-placement'),
    toleranceMs: budgets.unschedulableMs,
  };
}

type Failure = TroubleContext & { failures: number; isLast: boolean };

/** The engine passes on what went wrong as text and nothing else, so the text decides. */
function failureTrouble(task: Task, failure: Failure): Trouble {
  if (/no such image/i.test(task.error)) return imageTrouble(task, failure);
  if (failure.facts.get(task.id)?.isUnhealthy || /unhealthy container/i.test(task.error))
    return neverHealthy(task, failure);
  if (/port is already allocated|address already in use/i.test(task.error)) {
    return {
      ...startTrouble(task, failure),
      class: 'port-in-use',
      hint: advise('port-holder'),
    };
  }
  const hasRun = failure.facts.get(task.id)?.lifetimeSeconds;
  const isCrash = /non-zero exit/i.test(task.error) || task.state === 'complete';
  return isCrash || (hasRun !== undefined && !Number.isNaN(hasRun) && task.exitCode !== 127)
    ? describeCrash(task, failure)
    : startTrouble(task, failure);
}

/** A container that ended by itself. */
export function describeCrash(task: Task, { container, facts, budgets, failures, isLast }: Failure): Trouble {
  const { isOutOfMemory = false, lifetimeSeconds = Number.NaN } = facts.get(task.id) ?? {};
  const end = isOutOfMemory
    ? 'was killed: out of memory (its limit)'
    : exitText(task.exitCode, lifetimeSeconds);
  return {
    class: isOutOfMemory ? 'out-of-memory' : 'crash',
    container,
    message: `container \`${container}\` ${end}`,
    hint: hintFor(task, isOutOfMemory),
    toleranceMs: failures >= budgets.crashes || isLast || isOutOfMemory ? 0 : Number.POSITIVE_INFINITY,
  };
}

function hintFor({ exitCode }: Task, isOutOfMemory: boolean): Hint | null {
  if (isOutOfMemory) return advise('swarm-memory');
  return exitCode === 126 || exitCode === 127 ? advise('swarm-command') : null;
}

function startTrouble(task: Task, { container, budgets, failures, isLast }: Failure): Trouble {
  const isRejected = task.state === 'rejected';
  return {
    class: isRejected ? 'rejected' : 'crash',
    container,
    message: `container \`${container}\` cannot be started: ${task.error}`,
    hint: null,
    toleranceMs: failures >= budgets.crashes || isLast ? 0 : Number.POSITIVE_INFINITY,
  };
}

function neverHealthy(task: Task, { container, facts, budgets, failures, isLast }: Failure): Trouble {
  const output = facts.get(task.id)?.lastHealthOutput ?? '';
  const check = task.command === '' ? "the image's health check" : `its health check (${task.command})`;
  return {
    class: 'never-ready',
    container,
    message: `container \`${container}\` runs but ${check} does not succeed${output === '' ? '' : `; last answer: ${output}`}`,
    hint: advise('health-check'),
    toleranceMs: failures >= budgets.unhealthy || isLast ? 0 : Number.POSITIVE_INFINITY,
  };
}

function imageTrouble({ image, error }: Task, { container, budgets, images }: Failure): Trouble {
  const { state = 'unreachable', text = '' } = images.get(image) ?? {};
  const common = { container, hint: null };
  const at = `container \`${container}\``;
  if (state === 'missing') {
    const hint = advise('was-it-pushed');
    return {
      ...common,
      class: 'image-missing',
      message: `${at}: the image ${image} does not exist`,
      hint,
      toleranceMs: 0,
    };
  }
  if (state === 'denied') {
    const message = `${at}: the node may not pull ${image}: ${text}`;
    const hint = advise('swarm-account');
    return { ...common, class: 'image-denied', message, hint, toleranceMs: budgets.pullDeniedMs };
  }
  const message = `${at}: the node cannot pull ${image}: ${text || error}`;
  const hint = advise('swarm-reach-registry');
  return { ...common, class: 'image-unreachable', message, hint, toleranceMs: budgets.pullUnreachableMs };
}
