import type { Dns } from './operation-answers.ts';
import { oneLine } from './safe-text.ts';

/** What differs, line by line, or that nothing does. */
export function dnsText(dns: Dns, { isWritten }: { isWritten: boolean }): string {
  const { changes, last, environment } = dns;
  const where = `${dns.object} in ${dns.namespace}`;
  if (changes.length === 0) {
    const told =
      last === null
        ? ''
        : `Last written at ${last.at.toISOString()}: ${last.state}: ${oneLine(last.text)}.\n`;
    return `${where} is as the config of ${environment} says.\n${isWritten ? '' : told}`;
  }
  const head = isWritten ? `Written to ${where}:` : `${where} differs from the config of ${environment}:`;
  const lines = changes.flatMap(({ key, before, after }) => [
    `  ${key}:`,
    ...difference(before ?? '', after ?? '').map((line) => `    ${oneLine(line)}`),
  ]);
  const next = isWritten ? 'It is being watched...' : `Write it: trunkline dns ${environment} --apply`;
  return `${[head, ...lines, next].join('\n')}\n`;
}

/** The lines that go and come; those that stay are left out. */
function difference(before: string, after: string): string[] {
  const [old, fresh] = [before, after].map((text) =>
    text === '' ? [] : text.replace(/\n$/, '').split('\n'),
  );
  return walk(old ?? [], fresh ?? []);
}

/** Along the longest common subsequence. */
function walk(old: string[], fresh: string[]): string[] {
  const common = commonLengths(old, fresh);
  const lines: string[] = [];
  let [row, column] = [0, 0];
  while (row < old.length && column < fresh.length) {
    if (old[row] === fresh[column]) {
      row++;
      column++;
    } else if (common(row + 1, column) >= common(row, column + 1)) lines.push(`- ${old[row++]}`);
    else lines.push(`+ ${fresh[column++]}`);
  }
  const gone = old.slice(row).map((line) => `- ${line}`);
  return [...lines, ...gone, ...fresh.slice(column).map((line) => `+ ${line}`)];
}

/** How many lines both have in common, in order, from a line of each on. */
function commonLengths(old: string[], fresh: string[]): (row: number, column: number) => number {
  const width = fresh.length + 1;
  const table = new Uint32Array((old.length + 1) * width);
  const at = (row: number, column: number) => table[row * width + column] ?? 0;
  for (let row = old.length - 1; row >= 0; row--)
    for (let column = fresh.length - 1; column >= 0; column--)
      table[row * width + column] =
        old[row] === fresh[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
  return at;
}
