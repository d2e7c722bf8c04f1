/**
 * Why a step's signal was aborted; it is the signal's `reason`, so that handlers can tell a person's wish from
 * a lost lease. After `lease-lost` and `shutdown` a handler stops without any further effect: another worker
 * continues. After `cancelled` it ends its work (a rollout is rolled back or left as asked). After `timed-out`
 * it ends its work as a failure of that kind.
 */
export type StopReason =
  /** `supersededBy`: it is a newer run of its group, of this number, that wants it. */
  | { kind: 'cancelled'; by: string; rollout: 'leave' | 'roll-back'; supersededBy?: number }
  /** `isIdle`: it had shown no sign of life for so long. */
  | { kind: 'timed-out'; afterMs: number; isIdle?: true }
  | { kind: 'lease-lost' }
  | { kind: 'shutdown' };

/** Reads the stop reason of an aborted signal; anything else that aborted it counts as a shutdown. */
export function stopReasonOf(signal: AbortSignal): StopReason {
  const reason: unknown = signal.reason;
  if (typeof reason === 'object' && reason !== null && 'kind' in reason) return reason as StopReason;
  return { kind: 'shutdown' };
}
