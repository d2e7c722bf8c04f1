import { useMemo, useState } from 'react';
import type { Log } from './use-log.ts';

export interface LogSearch {
  text: string;
  setText(text: string): void;
  /** In small letters; what is marked. */
  needle: string;
  /** Indexes of the lines that hold it. */
  hits: readonly number[];
  /** Which of them one is at; -1 before the first move. */
  at: number;
  /** Moves on, around the ends. @returns the line's index, or undefined when there is none */
  move(by: 1 | -1): number | undefined;
}

export function useSearch({ lines, version }: Log): LogSearch {
  const [text, setText] = useState('');
  const [at, setAt] = useState(-1);
  const needle = text.toLowerCase();
  // biome-ignore lint/correctness/useExhaustiveDependencies: lines is one growing list; its version tells of changes
  const hits = useMemo(
    () =>
      needle === ''
        ? []
        : lines.flatMap((line, index) => (line.text.toLowerCase().includes(needle) ? index : [])),
    [lines, version, needle],
  );
  return {
    text,
    setText(next) {
      setText(next);
      setAt(-1);
    },
    needle,
    hits,
    at,
    move(by) {
      if (hits.length === 0) return undefined;
      const first = by === 1 ? 0 : hits.length - 1;
      const next = at === -1 ? first : (at + by + hits.length) % hits.length;
      setAt(next);
      return hits[next];
    },
  };
}
