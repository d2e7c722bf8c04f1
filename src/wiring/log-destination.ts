import { type DestinationStream, pino } from 'pino';

/** More than this is not kept until the end of the turn. */
const bufferBytes = 8 * 1024;

/**
 * Writes lines to an open file, those of one turn of the event loop together: under load each write costs more than
 * the line. When the process ends by itself, nothing is lost.
 */
export function writeByTurns(fileDescriptor: number): DestinationStream {
  const lines = pino.destination({ dest: fileDescriptor, sync: true, minLength: bufferBytes });
  let isDue = false;
  const flush = () => {
    isDue = false;
    try {
      lines.flushSync();
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  };
  lines.on('error', (error) => {
    if (!isGone(error)) throw error;
  });
  process.once('exit', flush);
  return {
    write(line) {
      lines.write(line);
      if (!isDue) setImmediate(flush);
      isDue = true;
    },
  };
}

/** The terminal was closed: its lines are lost, the server is not. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EIO';
}
