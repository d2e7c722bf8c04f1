import { closeSync, constants, openSync, readSync } from 'node:fs';
import { writeByTurns } from '../../src/wiring/log-destination.ts';

/** Logs into a disk that is full, and into a pipe that nobody reads until all is logged; prints what the pipe had. */
const [, , pipe = ''] = process.argv;
const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
const log = writeByTurns(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK));
const full = writeByTurns(openSync('/dev/full', 'w'));
const line = `${'x'.repeat(999)}\n`;

for (let count = 0; count < 2000; count += 1) log.write(line);
full.write(line);

let text = '';
const buffer = Buffer.alloc(1024 * 1024);
const reading = setInterval(() => {
  text += read();
  if (!text.endsWith('could not be written"}\n')) return;
  clearInterval(reading);
  closeSync(reader);
  const whole = text.split(line).length - 1;
  process.stdout.write(JSON.stringify({ whole, other: text.replaceAll(line, '') }));
}, 10);

function read(): string {
  try {
    return buffer.subarray(0, readSync(reader, buffer)).toString();
  } catch {
    return '';
  }
}
