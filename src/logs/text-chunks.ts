/** The most that one chunk of a log holds, in bytes of UTF-8. */
const chunkBytes = 32 * 1_024;

/** Cuts text into pieces of at most `chunkBytes`, never through a character. */
export function cutText(text: string): string[] {
  const whole = text.toWellFormed();
  const pieces: string[] = [];
  if (Buffer.byteLength(whole) === whole.length) {
    for (let from = 0; from < whole.length; from += chunkBytes)
      pieces.push(whole.slice(from, from + chunkBytes));
    return pieces;
  }
  const bytes = Buffer.from(whole, 'utf8');
  for (let from = 0; from < bytes.length; ) {
    const to = characterStart(bytes, Math.min(from + chunkBytes, bytes.length));
    pieces.push(bytes.toString('utf8', from, to));
    from = to;
  }
  return pieces;
}

function characterStart(bytes: Buffer, position: number): number {
  let start = position;
  while (((bytes[start] ?? 0) & 0b1100_0000) === 0b1000_0000) start -= 1;
  return start;
}
