import { useState, useSyncExternalStore } from 'react';
import type { Run } from '../../http/schemas/run.ts';
import { apiPath } from '../api/client.ts';
import { type StreamState, useEventStream } from '../api/use-event-stream.ts';
import { type LineList, LogLines } from './log-lines.ts';

export interface Log extends LineList {
  /** Another number whenever `lines` has changed. */
  version: number;
  stream: StreamState | 'ended';
}

type LoggedRun = Pick<Run, 'id' | 'logRemovedAt'>;

/** The log of a run, live; of one step, or of all. */
export function useLog({ id: runId, logRemovedAt }: LoggedRun, step: string | undefined): Log {
  const [store] = useState(() => new LogLines());
  const [isEnded, setIsEnded] = useState(logRemovedAt !== null);
  const stream = useEventStream({
    url: isEnded ? null : apiPath`/runs/${runId}/log`,
    events: ['chunk', 'end'],
    onMessage({ event, id, data }) {
      if (event === 'end') return setIsEnded(true);
      const { step: of, text } = JSON.parse(data) as { step: string; text: string };
      store.append({ seq: Number(id), step: of, text });
    },
  });
  const version = useSyncExternalStore(store.subscribe, store.version);
  return { ...store.linesOf(step), version, stream: isEnded ? 'ended' : stream };
}
