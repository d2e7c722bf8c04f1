import { randomUUID } from 'node:crypto';
import type { Db } from './database.ts';
import { storeEvent } from './events.ts';

export interface Alarm {
  repository: string;
  /** The same alarm, raised again, is recorded once. */
  key: string;
  /** One sentence for the operator. */
  alarm: string;
}

/** Puts something that an operator has to know about a repository among the events, where nothing overwrites it. */
export async function recordAlarm(db: Db, { repository, key, alarm }: Alarm): Promise<void> {
  await storeEvent(db, {
    id: randomUUID(),
    source: 'poll',
    repository,
    deliveryKey: `alarm:${repository}:${key}`,
    remote: null,
    headers: {},
    body: { alarm },
    revision: null,
    state: 'handled',
  });
}
