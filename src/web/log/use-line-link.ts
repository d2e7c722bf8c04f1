import { useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect, useEffectEvent, useRef } from 'react';

interface LineLinkWish {
  /** How many lines there are by now. */
  count: number;
  show(index: number): void;
}

/** The line that the address names (`#L12`): shown as soon as it is there. */
export function useLineLink({ count, show }: LineLinkWish) {
  const { hash } = useLocation();
  const navigate = useNavigate();
  const match = /^L(\d+)$/.exec(hash);
  const line = match === null ? null : Number(match[1]);
  const shown = useRef<number | null>(null);
  const reveal = useEffectEvent(show);
  useEffect(() => {
    if (line === null || line > count || shown.current === line) return;
    shown.current = line;
    reveal(line - 1);
  }, [line, count]);
  const go = (next: string) =>
    void navigate({
      to: '.',
      search: true,
      hash: next,
      replace: true,
      resetScroll: false,
      hashScrollIntoView: false,
    });
  return {
    line,
    set(number: number) {
      shown.current = number;
      go(`L${number}`);
    },
    /** As soon as it is there. */
    await: (number: number) => go(`L${number}`),
    clear: () => line !== null && go(''),
  };
}
