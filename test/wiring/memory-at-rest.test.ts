import { expect, test } from 'vitest';
import { giveBackMemoryAtRest } from '../../src/wiring/memory-at-rest.ts';
import { waitFor } from '../support/wait-for.ts';

const mebibyte = 1024 ** 2;

test('what a busy time has left on the heap is given back at rest', async () => {
  const filled = fill();
  expect(filled.heldBytes).toBeGreaterThan(150 * mebibyte);

  using _memory = giveBackMemoryAtRest({ everyMs: 50 });

  const freed = () => filled.heldBytes - process.memoryUsage().heapTotal > 100 * mebibyte;
  await waitFor(freed, { what: 'the heap to shrink by 100 MiB', deadlineMs: 30_000 });
});

/** Objects that outlive some collections, so that they are on the heap V8 rarely cleans, and are then let go. */
function fill(): { heldBytes: number } {
  const held: { text: number[] }[] = [];
  while (process.memoryUsage().heapTotal < 250 * mebibyte) {
    for (let count = 0; count < 1_000; count += 1)
      held.push({ text: Array.from({ length: 50 }, () => count) });
  }
  const heldBytes = held.length > 0 ? process.memoryUsage().heapTotal : 0;
  return { heldBytes };
}
