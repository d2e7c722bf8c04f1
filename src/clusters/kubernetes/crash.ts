import { advise, type Hint, joinHints } from '../../domain/hint.ts';
import type { JsonObject } from '../../domain/json.ts';
import { exitText } from '../exit-text.ts';
import { at, numberOf, textOf } from '../json-reading.ts';
import type { Budgets } from './budgets.ts';
import type { Trouble } from './pod-trouble.ts';
import { type ContainerView, endsOf, lastEndOf, lifetimeSeconds } from './pods.ts';

/** A container that has ended, though it should run (an init container: though it should succeed). */
export function crashTrouble(container: ContainerView, budgets: Budgets): Trouble | undefined {
  const ends = endsOf(container);
  const end = lastEndOf(container);
  if (ends === 0 || end.exitCode === undefined) return undefined;
  return withLikelyCause(container, describeCrash(container, ends >= budgets.crashes));
}

/**
 * An engine does not always notice in time that it was the lack of memory which had a container killed. Where there is a
 * limit and nothing else that kills, it was. Not for pods that are told to end.
 */
export function withLikelyCause(container: ContainerView, crash: Trouble): Trouble {
  const { spec, name } = container;
  const limit = textOf(at(spec, 'resources', 'limits', 'memory'));
  const mayBeKilled = spec.livenessProbe ?? spec.startupProbe ?? at(spec, 'lifecycle', 'postStart');
  const isSilent = crash.class === 'crash' && lastEndOf(container).exitCode === 137;
  if (!isSilent || limit === '' || mayBeKilled !== undefined) return crash;
  const what = container.isInit ? 'init container' : 'container';
  return {
    ...crash,
    class: 'out-of-memory',
    message: `${what} \`${name}\` was killed (exit code 137), as it is when out of memory (its limit is ${limit})`,
    hint: joinHints(memoryHint, advise('memory-guessed')),
  };
}

const memoryHint = advise('raise-memory');

/** The same for a container that must not end even once, because it was healthy already. */
export function describeCrash(container: ContainerView, isHopeless: boolean): Trouble {
  const end = lastEndOf(container);
  const isOutOfMemory = end.reason === 'OOMKilled';
  const kind = container.isInit ? 'init container' : 'container';
  return {
    class: isOutOfMemory ? 'out-of-memory' : 'crash',
    container: container.name,
    message: `${kind} \`${container.name}\` ${isOutOfMemory ? memoryText(container) : endText(end)}`,
    hint: isOutOfMemory ? memoryHint : hintFor(container, end),
    toleranceMs: isHopeless || isOutOfMemory ? 0 : Number.POSITIVE_INFINITY,
  };
}

function memoryText({ spec }: ContainerView): string {
  const limit = textOf(at(spec, 'resources', 'limits', 'memory'));
  return limit === '' ? 'was killed: out of memory' : `was killed: out of memory (its limit is ${limit})`;
}

function endText(end: JsonObject): string {
  if (end.reason === 'ContainerCannotRun') return `cannot be started: ${startError(textOf(end.message))}`;
  return exitText(numberOf(end.exitCode, 0), lifetimeSeconds(end));
}

/** Each part of the engine puts its own words before those that tell. */
function startError(text: string): string {
  const telling = text.split(/(?:starting|start) container process(?: caused)?: /).at(-1) ?? text;
  // The node's own paths tell nobody anything.
  const mount = /error mounting "[^"]*" to rootfs at "([^"]*)".*: ([^:]+): unknown\b/s.exec(telling);
  if (mount !== null) return `nothing can be mounted at ${mount[1]}: ${mount[2]}`;
  return telling.replace(/^error during container init: /, '').trim();
}

function hintFor({ spec }: ContainerView, end: JsonObject): Hint | null {
  // Killed, ended by TERM, or after it had heeded TERM.
  if ([137, 143, 0].includes(numberOf(end.exitCode, -1))) {
    if (spec.livenessProbe !== undefined) return advise('maybe-liveness');
    if (at(spec, 'lifecycle', 'postStart') !== undefined) return advise('maybe-post-start');
  }
  if (/\bmount/.test(textOf(end.message))) return advise('mount-path');
  if (end.exitCode === 126 || end.exitCode === 127) return advise('check-command');
  return null;
}
