import { useEffect, useEffectEvent, useState } from 'react';

export interface StreamMessage {
  event: string;
  id: string;
  data: string;
}

export interface StreamWish {
  /** null: no stream is wanted now. */
  url: string | null;
  /** Which events are listened to; one called `end` is the last. */
  events: readonly string[];
  onMessage(message: StreamMessage): void;
  /** A new connection that cannot go on where the last one was begins from the start. */
  onOpen?(): void;
}

export type StreamState = 'off' | 'connecting' | 'open' | 'lost';

/**
 * Listens to an event stream while the page is seen. A browser allows a server six connections over all its tabs:
 * tabs in the background give theirs back.
 */
export function useEventStream({ url, events, onMessage, onOpen }: StreamWish): StreamState {
  const isSeen = useIsSeen();
  const [state, setState] = useState<StreamState>('off');
  const tell = useEffectEvent(onMessage);
  const tellOpen = useEffectEvent(() => onOpen?.());
  const names = events.join(' ');
  useEffect(() => {
    if (url === null || !isSeen) {
      setState('off');
      return;
    }
    const source = new EventSource(url);
    setState('connecting');
    source.onopen = () => {
      setState('open');
      tellOpen();
    };
    source.onerror = () => setState('lost');
    for (const name of names.split(' ')) {
      source.addEventListener(name, (message: MessageEvent<string>) => {
        tell({ event: name, id: message.lastEventId, data: message.data });
        if (name === 'end') source.close();
      });
    }
    return () => source.close();
  }, [url, isSeen, names]);
  return state;
}

function useIsSeen(): boolean {
  const [isSeen, setIsSeen] = useState(() => document.visibilityState === 'visible');
  useEffect(() => {
    const look = () => setIsSeen(document.visibilityState === 'visible');
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  return isSeen;
}
