import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { copyOutput } from '../../src/docker/container-output.ts';

function frame(type: number, bytes: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(type, 0);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

test('output comes out of its frames in order, however the connection cuts them, characters whole', async () => {
  const text = Buffer.from('日本');
  const bytes = Buffer.concat([
    frame(1, text.subarray(0, 4)),
    frame(2, Buffer.from('error\n')),
    frame(1, text.subarray(4)),
    frame(1, Buffer.alloc(0)),
  ]);
  for (let size = 1; size <= bytes.length; size++) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    );
    const parts: string[] = [];

    await copyOutput(Readable.from(chunks), (part) => parts.push(part));

    expect(parts.join('')).toBe('日error\n本');
  }
});

test('nothing more is read of the output before what was read is drained', async () => {
  let read = 0;
  async function* output() {
    for (const text of ['one', 'two', 'three']) {
      read += 1;
      yield frame(1, Buffer.from(text));
    }
  }
  const holds: PromiseWithResolvers<void>[] = [];
  const nextHold = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const hold = () => {
    const held = Promise.withResolvers<void>();
    nextHold[holds.length]?.resolve();
    holds.push(held);
    return held.promise;
  };
  const parts: string[] = [];

  const copied = copyOutput(Readable.from(output(), { highWaterMark: 1 }), (part) => parts.push(part), hold);
  const seen = [];
  for (const [at, reached] of nextHold.entries()) {
    await reached.promise;
    await new Promise(setImmediate);
    seen.push([...parts]);
    holds[at]?.resolve();
  }
  await copied;

  expect(seen).toEqual([['one'], ['one', 'two'], ['one', 'two', 'three']]);
  expect(read).toBe(3);
});
