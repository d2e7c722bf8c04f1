import type { JsonObject } from '../../domain/json.ts';
import type { AppliedWorkload, Cause, Diagnosis } from '../cluster.ts';
import { healthyByNow } from '../healthy-by-now.ts';
import { tellingLine } from '../telling-line.ts';
import type { EngineApi } from './engine-api.ts';
import { logText, readTaskLog, taskSummary } from './evidence.ts';
import type { TasksInTrouble } from './judge.ts';
import type { Task } from './task.ts';

/** A service whose rollout did not succeed, and what is known about it. */
export interface FailedService {
  applied: AppliedWorkload;
  troubles: TasksInTrouble[];
  /** How many replicas of the new version there are. */
  places: number;
  /** Where it stands: the cause when nothing better is known, and what a limit adds. */
  text: string;
  /** What kept it from waiting on; null: it could have waited. */
  limit: 'no-activity' | null;
  /** Others are rolled out with it: which one failed has to be said. */
  isOneOfSeveral: boolean;
}

/** How many causes and tasks are looked into; more say the same again. */
const mostCauses = 3;
const mostTasks = 2;
const evidenceMs = 10_000;

/** Gathers logs for the worst troubles and puts the first into one line. */
export async function diagnoseFailure(
  api: EngineApi,
  services: FailedService[],
  signal: AbortSignal,
): Promise<Diagnosis> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(evidenceMs)]);
  const causes = (await Promise.all(services.map((service) => causesOf(api, service, limited)))).flat();
  signal.throwIfAborted();
  const [worst, cause] = [services[0], causes[0]];
  if (worst === undefined || cause === undefined) return healthyByNow;
  const prefix = services.length > 1 || worst.isOneOfSeveral ? `${worst.applied.name}: ` : '';
  const limit = worst.limit !== null && worst.troubles.length > 0 ? ` (${worst.text})` : '';
  return { headline: `${prefix}${cause.message}${limit}`.replaceAll(/\s+/g, ' '), causes };
}

async function causesOf(api: EngineApi, service: FailedService, signal: AbortSignal): Promise<Cause[]> {
  const { applied, troubles, places, text, limit } = service;
  if (troubles.length === 0) {
    const common = { workload: applied.name, container: null, pods: [], hint: null, evidence: {} };
    return [{ ...common, class: limit ?? 'incomplete', message: text }];
  }
  return Promise.all(
    troubles.slice(0, mostCauses).map(async ({ trouble, tasks }) => {
      const seen = await Promise.all(tasks.slice(0, mostTasks).map((task) => readTask(api, task, signal)));
      const line = trouble.class === 'crash' ? seen.map(({ lastLine }) => lastLine).find(Boolean) : undefined;
      const last = line === undefined ? '' : `; last line: ${line}`;
      return {
        class: trouble.class,
        workload: applied.name,
        container: trouble.container,
        pods: tasks.map(({ id }) => id),
        newPods: places,
        message: `${tasks.length} of ${places} new tasks: ${trouble.message}${last}`,
        hint: trouble.hint,
        evidence: { pods: seen.map(({ evidence }) => evidence) },
      };
    }),
  );
}

async function readTask(
  api: EngineApi,
  task: Task,
  signal: AbortSignal,
): Promise<{ evidence: JsonObject; lastLine: string | undefined }> {
  const log = task.containerId === '' ? [] : await readTaskLog(api, task, signal);
  return {
    evidence: { ...taskSummary(task), logs: { previous: '', current: logText(log) } },
    lastLine: tellingLine(log),
  };
}
