/** `512Mi`, `2Gi`: a whole number of mebibytes or gibibytes. */
export const memorySizePattern = /^[1-9][0-9]{0,6}(Mi|Gi)$/;

/** @returns null when the text is no memory size */
export function parseMemoryBytes(text: string): number | null {
  if (!memorySizePattern.test(text)) return null;
  return Number.parseInt(text, 10) * (text.endsWith('Gi') ? 1024 ** 3 : 1024 ** 2);
}

/** What somebody meant who wrote another unit or a fraction, as `512MB`, `1g`, `1.5Gi` or `1Ti`; null: that is not plain. */
export function meantMemorySize(text: string): string | null {
  const [, count = '', unit = ''] = /^(\d{1,7}(?:\.\d{1,3})?)\s*([kmgt])(?:i?b?)$/i.exec(text) ?? [];
  const mebibytes = Number(count) * (mebibytesIn[unit.toLowerCase()] ?? 0);
  const isMebibytes = mebibytes % 1024 !== 0 || unit.toLowerCase() === 'm';
  const meant = isMebibytes ? `${mebibytes}Mi` : `${mebibytes / 1024}Gi`;
  return memorySizePattern.test(meant) ? meant : null;
}

const mebibytesIn: Readonly<Record<string, number>> = { k: 1 / 1024, m: 1, g: 1024, t: 1024 ** 2 };

/** `0`, `0Mi`, `00 GB`: a size of zero, in whatever unit. */
export function isNoMemory(text: string): boolean {
  return /^0+(?:\.0+)?\s*(?:[kmgt]i?)?b?$/i.test(text);
}
