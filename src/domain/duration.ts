/** `500ms`, `30s`, `10m`, `1h`, `2d`: a whole number with one unit. */
export const durationPattern = /^(0|[1-9][0-9]{0,5})(ms|s|m|h|d)$/;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The opposite of `parseDurationMs`, in the largest unit that is exact: `90s`, `2m`. */
export function durationText(ms: number): string {
  const [unit, factor] = Object.entries(unitMs).findLast(([, length]) => ms % length === 0) ?? ['ms', 1];
  return `${ms / factor}${unit}`;
}

/** What somebody meant who wrote the unit out or a fraction, as `5 min`, `1.5h` or `1h30m`; null: that is not plain. */
export function meantDuration(text: string): string | null {
  const parts = [...text.toLowerCase().matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)\s*/g)];
  const lengths = parts.map(([, count, word = '']) => Number(count) * (unitMs[unitOf(word)] ?? Number.NaN));
  const ms = lengths.reduce((sum, length) => sum + length, 0);
  const isAll = parts.map(([part]) => part).join('') === text.toLowerCase();
  const written = durationText(ms);
  return isAll && parts.length > 0 && durationPattern.test(written) ? written : null;
}

/** Of `min`, `minutes`, `secs`, `hrs`: the unit; else the word itself. */
function unitOf(word: string): string {
  if (/^(?:ms|msecs?|milli(?:second)?s?)$/.test(word)) return 'ms';
  const [, start] =
    /^(?:(s)ec(?:ond)?s?|(m)in(?:ute)?s?|(h)(?:ou)?rs?|(d)ays?)$/.exec(word)?.filter(Boolean) ?? [];
  return start ?? word;
}

/** @returns null when the text is no duration */
export function parseDurationMs(text: string): number | null {
  const [, count, unit] = durationPattern.exec(text) ?? [];
  const factor = unitMs[unit ?? ''];
  return factor === undefined ? null : Number(count) * factor;
}
