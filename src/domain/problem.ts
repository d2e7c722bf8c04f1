/**
 * A mistake in a file that a user wrote; a value, never thrown. Line and column count from 1; both are 0 when the
 * mistake is outside any file, as in an option or a variable: `file` then names that.
 */
export interface Problem {
  file: string;
  line: number;
  column: number;
  /** What is wrong, one sentence without a full stop. */
  message: string;
  /** What to write instead. */
  hint?: string;
  /** The line itself; left out where it may hold a secret. */
  source?: string;
}

/** All in the order of the file, and of the files; of `further` only what is at places that no other problem is at. */
export function withFurtherProblems(problems: readonly Problem[], further: readonly Problem[]): Problem[] {
  const isTold = ({ file, line, column }: Problem) =>
    problems.some((other) => other.file === file && other.line === line && other.column === column);
  const all = [...problems, ...further.filter((problem) => !isTold(problem))];
  const files = [...new Set(all.map(({ file }) => file))];
  const rank = ({ file }: Problem) => files.indexOf(file);
  return all.toSorted(
    (left, right) => rank(left) - rank(right) || left.line - right.line || left.column - right.column,
  );
}

/** The problem for a terminal: `file:line:column: message`, the line with a caret under the place, the hint. */
export function renderProblem(problem: Problem, options: { color: boolean }): string {
  const paint = options.color ? inColor : (text: string) => text;
  const place =
    problem.line === 0 ? `${problem.file}:` : `${problem.file}:${problem.line}:${problem.column}:`;
  const lines = [`${paint(place, 'bold')} ${paint(printable(problem.message), 'red')}`];
  if (problem.source !== undefined) {
    const { text, caretAt } = excerpt(problem.source, problem.column);
    lines.push(`  ${text}`, `  ${blank(text.slice(0, caretAt))}${paint('^', 'red')}`);
  }
  if (problem.hint !== undefined) lines.push(`  ${printable(problem.hint)}`);
  return lines.join('\n');
}

const styles = { bold: '\u001b[1m', red: '\u001b[31m' };

function inColor(text: string, style: keyof typeof styles): string {
  return `${styles[style]}${text}\u001b[0m`;
}

const excerptWidth = 100;

/** At most `excerptWidth` characters around the place, so that a very long line stays readable. */
function excerpt(source: string, column: number): { text: string; caretAt: number } {
  const start = Math.max(0, column - 1 - excerptWidth / 2);
  const text = printable(source.slice(start, start + excerptWidth));
  return { text, caretAt: column - 1 - start };
}

/** As wide as the text: Chinese, Japanese and Korean characters take two places in a terminal. */
function blank(text: string): string {
  return text
    .replaceAll(
      /[^\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/g,
      ' ',
    )
    .replaceAll(/[^ ]/g, '  ');
}

/** Files are written by anybody: what steers a terminal is shown as a question mark, a tab as an arrow, one for one. */
function printable(text: string): string {
  return text.replaceAll('\t', '→').replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '?');
}

/** A problem whose place is known to whoever tells it. */
export interface ProblemReport {
  message: string;
  hint?: string | undefined;
  /** Moves the place within a one-line text value, in characters. */
  offset?: number;
}
