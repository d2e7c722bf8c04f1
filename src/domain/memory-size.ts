/** `512Mi`, `2Gi`: a whole number of mebibytes or gibibytes. */
export const memorySizePattern = /^[1-9][0-9]{0,6}(Mi|Gi)$/;

/** @returns null when the text is no memory size */
export function parseMemoryBytes(text: string): number | null {
  if (!memorySizePattern.test(text)) return null;
  return Number.parseInt(text, 10) * (text.endsWith('Gi') ? 1024 ** 3 : 1024 ** 2);
}
