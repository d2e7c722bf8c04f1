/** A line of a log, with the time (ms since 1970) at which the engine read it. */
export interface LogLine {
  at: number;
  text: string;
}

/**
 * Output and error output come to the engine through two pipes: what is written to both at about the same time may
 * stand in the log in either order, with times to match. On busy nodes 70 ms were seen between two such lines.
 */
const togetherMs = 1000;
const longest = 300;

/** No interface tells which pipe a line came from, so among lines of the same moment the words have to decide. */
const complaint =
  /err(or|no)?\b|exception|fail|fatal|panic|abort|cannot|can't|could not|unable|denied|refused|invalid|illegal|missing|not found|no such|undefined|unknown|unexpected|unrecogni[sz]ed|unsupported|not supported|in use|mismatch|expired|timed? ?out|out of/i;

/**
 * The line that most likely says why a program ended: of the lines of its last moment the last one that complains
 * (frames of a stack trace are indented, and do not count), else the very last. Undefined when it said nothing.
 */
export function tellingLine(lines: readonly LogLine[]): string | undefined {
  const spoken = lines.filter(({ text }) => text.trim() !== '');
  const newest = Math.max(...spoken.map(({ at }) => at));
  const together = spoken.filter(({ at }) => at >= newest - togetherMs);
  const told = together.findLast(({ text }) => !/^\s/.test(text) && complaint.test(text)) ?? spoken.at(-1);
  return told?.text.trim().slice(0, longest);
}
