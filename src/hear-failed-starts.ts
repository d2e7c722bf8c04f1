import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';

/**
 * A program that cannot be started because no file can be opened any more has no pipes: libraries stumble over that before they
 * listen for its error, which would then end this process. Whoever started it is told all the same.
 */
export function hearFailedStarts(): void {
  subscribe('child_process', (message) => {
    (message as { process: ChildProcess }).process.on('error', () => undefined);
  });
}
