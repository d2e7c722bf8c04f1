/** What kinds of reasons a rollout has failed for. */
export const causeClasses = [
  'image-missing',
  'image-denied',
  'image-unreachable',
  'image-invalid',
  'configuration-missing',
  'crash',
  'out-of-memory',
  'never-ready',
  'not-served',
  'unschedulable',
  'quota',
  'admission-denied',
  'port-in-use',
  'rejected',
  'wrong-image',
  'gate',
  'deadline',
  'no-activity',
  'incomplete',
] as const;

export type CauseClass = (typeof causeClasses)[number];
