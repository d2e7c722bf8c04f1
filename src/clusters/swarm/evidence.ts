import { copyOutput } from '../../docker/container-output.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { LogLine } from '../telling-line.ts';
import type { EngineApi } from './engine-api.ts';
import type { Task } from './task.ts';

/** Enough that a complaint is among them which the engine read before what else was written at the same moment. */
const logLines = 500;
const mostUnits = 1_048_576;
const keptUnits = 32_768;
/** The logs of a task come from its node, through the swarm, which waits for a node that is away. */
const logMs = 5_000;

/** The last lines of a task's container; none where they cannot be had in time: never a reason to fail. */
export async function readTaskLog(
  api: EngineApi,
  { id, containerId }: Task,
  signal: AbortSignal,
): Promise<LogLine[]> {
  // The engine's own container answers at once; through the swarm it is any node's.
  const own = await tail(api, `/containers/${containerId}/logs`, signal);
  return linesOf(own ?? (await tail(api, `/tasks/${id}/logs`, signal)) ?? '');
}

async function tail(api: EngineApi, path: string, signal: AbortSignal): Promise<string | undefined> {
  const query = { stdout: true, stderr: true, timestamps: true, tail: logLines };
  const limited = AbortSignal.any([signal, AbortSignal.timeout(logMs)]);
  let output = '';
  try {
    await copyOutput(await api.stream({ path, query }, limited), (text) => {
      output = (output + text).slice(-mostUnits);
    });
    return output;
  } catch {
    signal.throwIfAborted();
    return output === '' ? undefined : output;
  }
}

/** Each line begins with its time. */
function linesOf(log: string): LogLine[] {
  return log.split('\n').flatMap((line) => {
    const [time = ''] = line.split(' ', 1);
    const at = Date.parse(time);
    return Number.isNaN(at) ? [] : [{ at, text: line.slice(time.length + 1) }];
  });
}

/** The end of a log, as it is kept with a diagnosis. */
export function logText(lines: LogLine[]): string {
  return lines
    .map(({ text }) => `${text}\n`)
    .join('')
    .slice(-keptUnits);
}

/** What is kept of a task with a diagnosis; without its environment, which may hold secrets. */
export function taskSummary(task: Task): JsonObject {
  return {
    kind: 'task',
    name: task.id,
    node: task.nodeId,
    state: task.state,
    desired: task.desired,
    error: task.error,
    exitCode: task.exitCode,
    image: task.image,
    at: Number.isNaN(task.changedAt) ? null : new Date(task.changedAt).toISOString(),
  };
}
