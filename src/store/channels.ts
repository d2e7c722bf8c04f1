/** Every NOTIFY channel of the database. A notification is a hint: whoever gets one reads the tables. */
export const channels = ['trunkline_run', 'trunkline_event'] as const;
export type Channel = (typeof channels)[number];

const subjects = ['state', 'begun', 'cancel', 'log', 'progress', 'wanted'] as const;

/** Payload of `trunkline_run`. */
export interface RunNotice {
  run: string;
  /**
   * `begun`: the run was made, or it or one of its steps has begun: nothing follows from that. `progress`: a step has come further, and nothing else is different. `wanted`: a worker that cannot take it has had
   * its job; others look whether they can.
   */
  what: (typeof subjects)[number];
}

export function encodeRunNotice(notice: RunNotice): string {
  return JSON.stringify({ run: notice.run, what: notice.what });
}

/** Reads a payload of `trunkline_run`; undefined when somebody else's program wrote it. */
export function decodeRunNotice(payload: string): RunNotice | undefined {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('run' in value) || !('what' in value))
    return undefined;
  const { run, what } = value;
  if (typeof run !== 'string') return undefined;
  const subject = subjects.find((known) => known === what);
  return subject === undefined ? undefined : { run, what: subject };
}
