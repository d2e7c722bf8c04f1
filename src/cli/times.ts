/** `42s`, `3m 07s`, `2h 05m`, `9d`. */
function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${twoDigits(seconds % 60)}s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ${twoDigits(Math.floor(seconds / 60) % 60)}m`;
  return `${Math.floor(seconds / 86_400)}d`;
}

export function agoText(moment: Date, now: Date): string {
  return spanText(now.getTime() - moment.getTime());
}

/** How long something took, or takes since it began; '' before that. */
export function durationText(
  { startedAt, endedAt }: { startedAt: Date | null; endedAt: Date | null },
  now: Date,
): string {
  return startedAt === null ? '' : spanText((endedAt ?? now).getTime() - startedAt.getTime());
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
