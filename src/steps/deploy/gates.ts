import { setTimeout as delay } from 'node:timers/promises';
import type { AppliedRollout, RolloutReport, RolloutVerdict, WatchOptions } from '../../clusters/cluster.ts';
import { type Gate, type GateVerdict, patienceOf } from '../../domain/gate.ts';
import { advise, type Hint } from '../../domain/hint.ts';
import { askGate } from './ask-gate.ts';
import type { Deployment } from './deployment.ts';
import { judgeScraped, type SharedLook, sharedLook } from './judge-scraped.ts';
import { lookAtScraping, type ScrapeLook } from './scraped.ts';
import { type Stopped, stopOf, watchUntilStopped } from './watch-until-stopped.ts';

/**
 * Watches, and asks the gates of the step as soon as the new pods are healthy. A gate that fails ends the watch; one
 * that has not passed when the pods have been watched for long enough gets its patience.
 */
export async function watchGated(
  deployment: Deployment,
  applied: AppliedRollout,
  options: WatchOptions & { until?: AbortSignal },
): Promise<RolloutVerdict | Stopped> {
  const { context, step } = deployment;
  if (step.gates === undefined || step.restore !== undefined)
    return watchUntilStopped(deployment, applied, options);
  const [over, failing] = [new AbortController(), new AbortController()];
  const watched = createWatched();
  const signal = AbortSignal.any([over.signal, context.signal]);
  const look = sharedLook(() => lookAtScraping(deployment, applied, signal));
  const gates = step.gates.map((gate) => passGate({ deployment, gate, watched, look, signal }));
  const all = firstFailure(gates);
  all.then((verdict) => verdict !== undefined && failing.abort(verdict)).catch(() => undefined);
  const onReport = (report: RolloutReport) => {
    watched.notice(report);
    options.onReport(report);
  };
  try {
    const until = AbortSignal.any([failing.signal, ...(options.until === undefined ? [] : [options.until])]);
    const verdict = await watchUntilStopped(deployment, applied, { ...options, onReport, until });
    if (!('outcome' in verdict) || verdict.outcome !== 'succeeded') return verdict;
    watched.end();
    const failed = await all;
    if (failed !== undefined) return failed;
    return { ...verdict, notes: [...verdict.notes, ...(await Promise.all(gates)).map(({ text }) => text)] };
  } catch (error) {
    const stop = await stopOf(deployment, applied);
    if (stop === undefined) throw error;
    return stop;
  } finally {
    over.abort();
    await Promise.allSettled(gates);
  }
}

type Watched = ReturnType<typeof createWatched>;

/** What the gates know of the watch: since when all is healthy, which pods that are, whether it is over. */
function createWatched() {
  const healthy = Promise.withResolvers<void>();
  let pods: string[] = [];
  let endedAt: number | undefined;
  return {
    healthy: healthy.promise,
    pods: () => pods,
    endedAt: () => endedAt,
    notice({ phase, items }: RolloutReport) {
      pods = items.filter(({ state }) => state === 'done').map(({ name }) => name);
      if (phase === 'soak') healthy.resolve();
    },
    end() {
      endedAt = performance.now();
      healthy.resolve();
    },
  };
}

interface GateAtWork {
  deployment: Deployment;
  gate: Gate;
  watched: Watched;
  look: SharedLook<ScrapeLook>;
  signal: AbortSignal;
}

/** @returns its last verdict: a pass, or why it has failed */
async function passGate(work: GateAtWork): Promise<GateVerdict> {
  const { deployment, gate, watched, look, signal } = work;
  await Promise.race([watched.healthy, aborted(signal)]);
  await delay(gate.delayMs, undefined, { signal });
  let failures = 0;
  let told: GateVerdict['state'] | undefined;
  const asked = new Set<string>();
  for (;;) {
    const asking = { deployment, gate, pods: watched.pods(), asked };
    const verdict = await judgeScraped(gate, look, () => askGate(asking, signal));
    if (verdict.state !== told) deployment.context.log.line(verdict.text);
    told = verdict.state;
    failures = verdict.state === 'fail' ? failures + 1 : 0;
    if (failures >= gate.failures || isFinal(gate, verdict, watched.endedAt())) return verdict;
    await delay(gate.everyMs, undefined, { signal });
  }
}

function isFinal(gate: Gate, { state }: GateVerdict, endedAt: number | undefined): boolean {
  if (endedAt === undefined) return false;
  return state === 'pass' || performance.now() >= endedAt + patienceOf(gate, state);
}

function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(signal.reason);
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}

/** As soon as one has failed; undefined when all have passed. */
async function firstFailure(gates: Promise<GateVerdict>[]): Promise<RolloutVerdict | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<RolloutVerdict | undefined>();
  for (const gate of gates)
    gate.then((verdict) => verdict.state !== 'pass' && resolve(toVerdict(verdict)), reject);
  Promise.all(gates).then(() => resolve(undefined), reject);
  return promise;
}

function toVerdict({ state, text }: GateVerdict): RolloutVerdict {
  const cause = {
    class: 'gate' as const,
    ...{ workload: '', container: null, pods: [] },
    message: text,
    hint: hints[state],
    evidence: { state },
  };
  return { outcome: 'failed', diagnosis: { headline: text, causes: [cause] } };
}

const hints: Record<GateVerdict['state'], Hint | null> = {
  pass: null,
  fail: null,
  'no-data': advise('gate-no-data'),
  error: advise('gate-error'),
};
