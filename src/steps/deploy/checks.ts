import { setTimeout as delay } from 'node:timers/promises';
import type { AppliedRollout, RolloutReport, RolloutVerdict, WatchOptions } from '../../clusters/cluster.ts';
import { advise } from '../../domain/hint.ts';
import { type CheckVerdict, judgeCheck, type ServiceCheck } from '../../domain/service-check.ts';
import type { Deployment } from './deployment.ts';
import { watchGated } from './gates.ts';
import { type Stopped, stopOf } from './watch-until-stopped.ts';

/** Between two questions of a check that has not passed yet. */
const askEveryMs = 2_000;

/**
 * Watches, and asks the checks of the step as soon as the new pods are healthy. One that has not passed in its time
 * ends the watch.
 */
export async function watchChecked(
  deployment: Deployment,
  applied: AppliedRollout,
  options: WatchOptions,
): Promise<RolloutVerdict | Stopped> {
  const { context, step } = deployment;
  const { checks, restore } = step;
  if (checks === undefined || restore !== undefined) return watchGated(deployment, applied, options);
  const [over, failing] = [new AbortController(), new AbortController()];
  const healthy = Promise.withResolvers<void>();
  const signal = AbortSignal.any([over.signal, context.signal]);
  const all = passAll(deployment, { checks, healthy: healthy.promise, signal });
  all.then((failed) => failed !== undefined && failing.abort(failed)).catch(() => undefined);
  const onReport = (report: RolloutReport) => {
    if (report.phase === 'soak') healthy.resolve();
    options.onReport(report);
  };
  try {
    const verdict = await watchGated(deployment, applied, { ...options, onReport, until: failing.signal });
    if (!('outcome' in verdict) || verdict.outcome !== 'succeeded') return verdict;
    // Without a soak nobody has reported one.
    healthy.resolve();
    return (await all) ?? verdict;
  } catch (error) {
    const stop = await stopOf(deployment, applied);
    if (stop === undefined) throw error;
    return stop;
  } finally {
    over.abort();
    await Promise.allSettled([all]);
  }
}

interface Asked {
  healthy: Promise<void>;
  signal: AbortSignal;
}

/** @returns the verdict of the first that has failed; undefined when all have passed */
async function passAll(
  deployment: Deployment,
  { checks, healthy, signal }: Asked & { checks: ServiceCheck[] },
): Promise<RolloutVerdict | undefined> {
  await Promise.race([healthy, aborted(signal)]);
  const first = Promise.withResolvers<RolloutVerdict | undefined>();
  const verdicts = checks.map(async (check) => {
    const verdict = await passOne(deployment, check, signal);
    if (!verdict.hasPassed) first.resolve(failed(verdict));
  });
  Promise.all(verdicts).then(() => first.resolve(undefined), first.reject);
  return first.promise;
}

async function passOne(
  { cluster, context }: Deployment,
  check: ServiceCheck,
  signal: AbortSignal,
): Promise<CheckVerdict> {
  const until = performance.now() + check.withinMs;
  let said = '';
  for (;;) {
    const answer = await cluster.services?.ask(check, signal);
    if (answer === undefined) throw new TypeError('checks need a cluster whose services can be asked');
    const verdict = judgeCheck(check, answer);
    if (verdict.text !== said) context.log.line(`check ${verdict.text}`);
    said = verdict.text;
    if (verdict.hasPassed || performance.now() >= until) return verdict;
    await delay(Math.min(askEveryMs, Math.max(0, until - performance.now())), undefined, { signal });
  }
}

async function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(signal.reason);
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}

function failed({ text }: CheckVerdict): RolloutVerdict {
  const cause = {
    class: 'not-served' as const,
    ...{ workload: '', container: null, pods: [] },
    message: text,
    hint: advise('request-unanswered'),
    evidence: {},
  };
  return { outcome: 'failed', diagnosis: { headline: text, causes: [cause] } };
}
