import { exitCodes } from './cli/cli-error.ts';

/**
 * Lets an error that nobody has caught end the process at once, as if it were killed: whoever starts next takes over from the
 * database. Node's own way would show all that libraries hang on their errors, passwords too, and end as a mistake of the user
 * does. Of several calls the last one counts.
 */
export function endOnSurprise(tell: (error: unknown) => void): void {
  process.setUncaughtExceptionCaptureCallback(null);
  process.setUncaughtExceptionCaptureCallback((error) => {
    try {
      tell(error);
    } finally {
      process.exit(exitCodes.ourFault);
    }
  });
}
