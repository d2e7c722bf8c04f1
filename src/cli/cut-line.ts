import cliTruncate from 'cli-truncate';

/** A line with at most so many columns; a file and a pipe have no end of them. */
export function cutLine(line: string, columns: number): string {
  return Number.isFinite(columns) ? cliTruncate(line, columns) : line;
}
