import { at, recordOf, textOf } from '../json-reading.ts';
import type { KubeObject } from './objects.ts';
import type { Trouble } from './pod-trouble.ts';
import type { ContainerView } from './pods.ts';

/** What looks like a crash is the kubelet's doing when a postStart hook has failed: status or event say so. */
export function failedHook(
  { name, status }: ContainerView,
  events: readonly KubeObject[],
  crash: Trouble | undefined,
): Trouble | undefined {
  const told = toldByStatus(status) ?? toldByEvent(name, events);
  if (crash === undefined || told === undefined) return crash;
  return {
    ...crash,
    class: 'crash',
    message: `container \`${name}\` is killed because its postStart hook fails: ${told.trim()}`,
    hint: 'Mend the hook, or do what it does when the program starts.',
  };
}

/** Until it is started anew. */
function toldByStatus(status: ContainerView['status']): string | undefined {
  const { reason, message } = recordOf(at(status, 'state', 'waiting'));
  return reason === 'PostStartHookError' ? textOf(message) : undefined;
}

function toldByEvent(name: string, events: readonly KubeObject[]): string | undefined {
  const failure = events.findLast(
    ({ reason, message }) =>
      reason === 'FailedPostStartHook' && textOf(message).includes(`for Container "${name}"`),
  );
  if (failure === undefined) return undefined;
  return /failed - error: (.*)$/s.exec(textOf(failure.message))?.[1] ?? textOf(failure.message);
}
