import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { Run } from '../../http/schemas/run.ts';
import { apiPath } from './client.ts';
import { runQuery } from './queries.ts';
import { useEventStream } from './use-event-stream.ts';

/** Without a stream the page asks, more seldom than the stream would tell. */
const askEveryMs = 2000;

/** A run as it is now: pushed by the server while it goes on, asked for where the stream is broken. */
export function useLiveRun(reference: string) {
  const queryClient = useQueryClient();
  const { queryKey } = runQuery(reference);
  const isOver = queryClient.getQueryData<Run>(queryKey)?.state === 'ended';
  const stream = useEventStream({
    url: isOver ? null : apiPath`/runs/${reference}/events`,
    events: ['run', 'end'],
    onMessage({ event, data }) {
      if (event === 'run') queryClient.setQueryData<Run>(queryKey, JSON.parse(data));
      else void queryClient.invalidateQueries({ queryKey });
    },
  });
  return useQuery({
    ...runQuery(reference),
    refetchInterval: ({ state }) => (stream === 'open' || state.data?.state === 'ended' ? false : askEveryMs),
  });
}
