import { textOf } from '../json-reading.ts';
import type { KubeObject } from './objects.ts';
import type { Trouble } from './pod-trouble.ts';
import type { ContainerView } from './pods.ts';

/** What looks like a crash is the kubelet's doing when a postStart hook has failed: its event says so. */
export function failedHook(
  { name }: ContainerView,
  events: readonly KubeObject[],
  crash: Trouble | undefined,
): Trouble | undefined {
  const failure = events.findLast(
    ({ reason, message }) =>
      reason === 'FailedPostStartHook' && textOf(message).includes(`for Container "${name}"`),
  );
  if (crash === undefined || failure === undefined) return crash;
  const [, told = textOf(failure.message)] = /failed - error: (.*)$/s.exec(textOf(failure.message)) ?? [];
  return {
    ...crash,
    message: `container \`${name}\` is killed because its postStart hook fails: ${told.trim()}`,
    hint: 'Mend the hook, or do what it does when the program starts.',
  };
}
