import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { logSearchQuery } from '../api/queries.ts';
import { type LinesFound, searchLines } from './search-lines.ts';
import type { Log } from './use-log.ts';

const typingMs = 300;

export interface LogSearch {
  text: string;
  setText(text: string): void;
  /** In small letters; what is marked. */
  needle: string;
  /** Indexes of the lines that hold it, also of those that are still to be loaded. */
  hits: readonly number[];
  /** The server is still to say where else it is. */
  isAsking: boolean;
  /** Which of them one is at; -1 before the first move. */
  at: number;
  /** Moves on, around the ends. @returns the line's index, or undefined when there is none */
  move(by: 1 | -1): number | undefined;
}

/** Searches what is loaded, and asks the server for what is not yet. */
export function useSearch(log: Log, { runId, step }: { runId: string; step: string | undefined }): LogSearch {
  const [text, setText] = useState('');
  const [at, setAt] = useState(-1);
  const needle = text.toLowerCase();
  const found = useRef<LinesFound | null>(null);
  const { version, stream } = log;
  // biome-ignore lint/correctness/useExhaustiveDependencies: log.lines is one growing list; its version tells of changes
  const loaded = useMemo(() => {
    const result = searchLines(log, needle, found.current);
    found.current = result.found;
    return result.hits;
  }, [log.lines, version, needle]);
  const [asked] = useDebouncedValue(needle, typingMs);
  const isAsking = stream !== 'ended' && asked !== '' && asked === needle;
  const { data, isFetching } = useQuery({ ...logSearchQuery(runId, step, asked), enabled: isAsking });
  const beyond = isAsking ? (data?.items ?? []).map(({ line }) => line - 1) : [];
  const hits = [...loaded, ...beyond.filter((index) => index >= log.lines.length)];
  return {
    text,
    setText(next) {
      setText(next);
      setAt(-1);
    },
    needle,
    hits,
    isAsking: stream !== 'ended' && needle !== '' && (asked !== needle || isFetching),
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
