import type { LineList } from './log-lines.ts';

/** What was found in lines that will not change any more, so that they are looked at once. */
export interface LinesFound {
  lines: LineList['lines'];
  needle: string;
  settled: number;
  hits: number[];
}

/**
 * The indexes of the lines that hold `needle`, which is in small letters. Goes on from `before` where that is of the
 * same search: a log of a million lines that grows is not searched again with each piece.
 */
export function searchLines(
  { lines, settled }: LineList,
  needle: string,
  before: LinesFound | null,
): { found: LinesFound; hits: readonly number[] } {
  const goesOn = before !== null && before.lines === lines && before.needle === needle;
  const found = goesOn ? before : { lines, needle, settled: 0, hits: [] };
  if (needle === '') return { found, hits: [] };
  for (const hit of hitsIn(lines, needle, [found.settled, settled])) found.hits.push(hit);
  found.settled = Math.max(found.settled, settled);
  return { found, hits: found.hits.concat(hitsIn(lines, needle, [found.settled, lines.length])) };
}

function hitsIn(lines: LineList['lines'], needle: string, [from, to]: [number, number]): number[] {
  const hits: number[] = [];
  for (let index = from; index < to; index += 1) {
    if (lines[index]?.text.toLowerCase().includes(needle)) hits.push(index);
  }
  return hits;
}
