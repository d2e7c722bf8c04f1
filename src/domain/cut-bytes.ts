/** The beginning of a text, of at most so many bytes, never a part of a character. */
export function cutBytes(text: string, most: number): string {
  if (Buffer.byteLength(text) <= most) return text;
  const mark = '…';
  let room = most - Buffer.byteLength(mark);
  let kept = '';
  for (const sign of text) {
    room -= Buffer.byteLength(sign);
    if (room < 0) break;
    kept += sign;
  }
  return kept + mark;
}
