/** `500ms`, `30s`, `10m`, `1h`, `2d`: a whole number with one unit. */
export const durationPattern = /^(0|[1-9][0-9]{0,5})(ms|s|m|h|d)$/;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The opposite of `parseDurationMs`, in the largest unit that is exact: `90s`, `2m`. */
export function durationText(ms: number): string {
  const [unit, factor] = Object.entries(unitMs).findLast(([, length]) => ms % length === 0) ?? ['ms', 1];
  return `${ms / factor}${unit}`;
}

/** @returns null when the text is no duration */
export function parseDurationMs(text: string): number | null {
  const [, count, unit] = durationPattern.exec(text) ?? [];
  const factor = unitMs[unit ?? ''];
  return factor === undefined ? null : Number(count) * factor;
}
