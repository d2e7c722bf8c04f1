/** `512Mi`, `2Gi`: a whole number of mebibytes or gibibytes. */
export const memorySizePattern = /^[1-9][0-9]{0,6}(Mi|Gi)$/;

/** @returns null when the text is no memory size */
export function parseMemoryBytes(text: string): number | null {
  if (!memorySizePattern.test(text)) return null;
  return Number.parseInt(text, 10) * (text.endsWith('Gi') ? 1024 ** 3 : 1024 ** 2);
}

/** What somebody meant who wrote another unit, as `512MB`, `1g` or `512M`; null: that is not plain. */
export function meantMemorySize(text: string): string | null {
  const [, count = '', unit = ''] = /^([1-9]\d{0,6})\s*([mg])(?:i?b)?$/i.exec(text) ?? [];
  return count === '' ? null : `${count}${unit.toUpperCase()}i`;
}
