import type { Gate, GateVerdict } from '../../domain/gate.ts';
import type { ScrapeLook } from './scraped.ts';

/**
 * What a gate says, once Prometheus scrapes all new pods: what it knows of some of them is no verdict on all. A gate
 * that is not about pods need not wait for them.
 */
export async function judgeScraped(
  gate: Gate,
  look: SharedLook<ScrapeLook>,
  ask: () => Promise<GateVerdict>,
): Promise<GateVerdict> {
  if (!gate.query.includes('$pods')) return ask();
  const before = await look(sharedMs);
  if (before.state === 'missing') return notYet(gate, before);
  const verdict = await ask();
  const saysSomething = verdict.state === 'pass' || verdict.state === 'fail';
  if (before.state === 'complete' || !saysSomething) return verdict;
  // It may have come to the first of them in between.
  const after = await look(0);
  if (after.state === 'missing') return notYet(gate, after);
  return after.state === 'complete' ? ask() : verdict;
}

function notYet(gate: Gate, { text }: Extract<ScrapeLook, { state: 'missing' }>): GateVerdict {
  return { state: 'no-data', text: `gate ${gate.name}: no data: ${text}` };
}

/** What was seen within the last milliseconds, or is seen now. */
export type SharedLook<T> = (withinMs: number) => Promise<T>;

/** Gates that ask at the same time look at the pods once. */
const sharedMs = 2_000;

export function sharedLook<T>(look: () => Promise<T>): SharedLook<T> {
  let last: { at: number; found: Promise<T> } | undefined;
  return (withinMs) => {
    if (last === undefined || performance.now() >= last.at + withinMs)
      last = { at: performance.now(), found: look() };
    return last.found;
  };
}
