import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useEventStream } from './use-event-stream.ts';

/** Several changes at once are asked for once. */
const gatherMs = 400;

const listKeys = [['pipelines'], ['runs', 'list'], ['environments'], ['events', 'list']];

/** Reads the lists that are seen again as soon as any run changes; without the stream they are read again anyway, later. */
export function useLiveLists(isOn: boolean): void {
  const queryClient = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEventStream({
    url: isOn ? '/api/v1/runs/events' : null,
    events: ['run'],
    onMessage() {
      timer.current ??= setTimeout(() => {
        timer.current = null;
        for (const queryKey of listKeys) void queryClient.invalidateQueries({ queryKey });
      }, gatherMs);
    },
  });
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
    },
    [],
  );
}
