import { useEffect, useRef } from 'react';
import type { LogSearch } from './use-search.ts';

/** Moves from hit to hit. A move that is asked for while the hits are still looked for is made when they are there. */
export function useMoves(search: LogSearch, go: (index: number) => void): (by: 1 | -1) => void {
  const wished = useRef<{ needle: string; by: 1 | -1 } | null>(null);
  const { needle, hits, isAsking } = search;
  const move = (by: 1 | -1) => {
    const index = search.move(by);
    wished.current = index === undefined && isAsking ? { needle, by } : null;
    if (index !== undefined) go(index);
  };
  useEffect(() => {
    const wish = wished.current;
    if (wish !== null && wish.needle !== needle) wished.current = null;
    else if (wish !== null && hits.length > 0) move(wish.by);
  });
  return move;
}
