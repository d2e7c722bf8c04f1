import { advise } from '../../domain/hint.ts';
import { textOf } from '../json-reading.ts';
import type { KubeObject } from './objects.ts';
import type { Trouble } from './pod-trouble.ts';
import type { ContainerView } from './pods.ts';

/**
 * What looks like a crash is the kubelet's doing when a postStart hook has failed.
 * @param seen what the status said of it when it did
 */
export function failedHook(
  { name }: ContainerView,
  { seen, events }: { seen?: string | undefined; events: readonly KubeObject[] },
  crash: Trouble | undefined,
): Trouble | undefined {
  const failure = seen ?? toldByEvent(name, events);
  if (crash === undefined || failure === undefined) return crash;
  const [, told = failure] = /failed - error: (.*)$/s.exec(failure) ?? [];
  return {
    ...crash,
    class: 'crash',
    message: `container \`${name}\` is killed because its postStart hook fails: ${told.trim()}`,
    hint: advise('mend-hook'),
  };
}

function toldByEvent(name: string, events: readonly KubeObject[]): string | undefined {
  const failure = events.findLast(
    ({ reason, message }) =>
      reason === 'FailedPostStartHook' && textOf(message).includes(`for Container "${name}"`),
  );
  return failure === undefined ? undefined : textOf(failure.message);
}
