/** `12.4 of 80.0 MB`, `812.0 kB`, `12 bytes`: for people, in the unit that fits the whole. */
export function sizeText(bytes: number, total: number | null = null): string {
  const most = total ?? bytes;
  if (most === 1 && total === null) return '1 byte';
  if (most < 1e3) return total === null ? `${bytes} bytes` : `${bytes} of ${total} bytes`;
  const [size, unit] = most < 1e6 ? [1e3, 'kB'] : most < 1e9 ? [1e6, 'MB'] : [1e9, 'GB'];
  const text = (amount: number) => (amount / size).toFixed(1);
  return total === null ? `${text(bytes)} ${unit}` : `${text(bytes)} of ${text(total)} ${unit}`;
}
