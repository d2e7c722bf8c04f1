/** One argument exactly as it is, for a POSIX shell. */
export function quoteForShell(argument: string): string {
  return `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}
