import type { Cause, Diagnosis } from '../../clusters/cluster.ts';
import type { JsonObject } from '../../domain/json.ts';
import { placementLines } from '../../domain/placement-lines.ts';

const mostLogLines = 20;

/** What a person wants to read below the headline: hints, further causes, and the container's last words. */
export function diagnosisLines({ causes }: Diagnosis): string[] {
  return causes.flatMap((cause, index) => [
    ...(index === 0 ? [] : [`also: ${placeOf(cause, causes)}${cause.message}`]),
    ...(cause.hint === null ? [] : [`hint: ${cause.hint}`]),
    ...placementLines(cause.evidence.placement),
    ...podsOf(cause.evidence).flatMap(logLines),
  ]);
}

/** Of which workload it is, where the first one is another's. */
function placeOf({ workload }: Cause, [first]: readonly Cause[]): string {
  return workload === first?.workload ? '' : `${workload}: `;
}

function podsOf({ pods }: JsonObject): JsonObject[] {
  return Array.isArray(pods) ? (pods.slice(0, 1) as JsonObject[]) : [];
}

function logLines(pod: JsonObject): string[] {
  const logs = (pod.logs ?? {}) as { previous?: string; current?: string };
  return Object.entries({ 'previous container': logs.previous, container: logs.current }).flatMap(
    ([which, text]) => {
      const lines = (text ?? '').trimEnd().split('\n').slice(-mostLogLines);
      if (lines.join('') === '') return [];
      const owner = `${pod.kind === 'task' ? 'task' : 'pod'} ${String(pod.name)}`;
      return [`last lines of the ${which} of ${owner}:`, ...lines.map((line) => `  ${line}`)];
    },
  );
}
