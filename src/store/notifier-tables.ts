import type { Generated } from 'kysely';

/** An entry of `notify` of `trunkline.yaml`, by its name. */
export interface NotifierTable {
  name: string;
  /** What ended before is dealt with; at first when the entry was first seen, so that nobody is told of old runs. */
  told_until: Generated<Date>;
  /** Until then a message is on its way, or none may be sent. */
  busy_until: Generated<Date>;
  /** Since the last message that was taken. */
  attempts: Generated<number>;
  /** One line: why the last one was not taken; null: it was. */
  error: string | null;
}

/** What a notifier has nothing more to tell of: it was told, or is not wanted. */
export interface NotificationTable {
  run_id: string;
  notifier: string;
  /** The step that waits for people; empty: the run has ended. */
  step_id: Generated<string>;
}
