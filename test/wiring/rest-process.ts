import { giveBackMemoryAtRest } from '../../src/wiring/memory-at-rest.ts';
import { waitFor } from '../support/wait-for.ts';

// Fills the heap of a process of its own, lets go of it, and ends well once most of it has been given back.
const mebibyte = 1024 ** 2;
const heldBytes = fill();
using _memory = giveBackMemoryAtRest({ everyMs: 50 });
await waitFor(() => heldBytes - process.memoryUsage().heapTotal > 100 * mebibyte, {
  what: 'the heap to shrink by 100 MiB',
});
process.stdout.write('given back');

/** Objects that outlive some collections, so that they are on the heap V8 rarely cleans. */
function fill(): number {
  const held: number[][] = [];
  while (process.memoryUsage().heapTotal < 250 * mebibyte) {
    for (let count = 0; count < 1_000; count += 1) held.push(Array.from({ length: 50 }, () => count));
  }
  return held.length === 0 ? 0 : process.memoryUsage().heapTotal;
}
