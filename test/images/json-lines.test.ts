import { expect, test } from 'vitest';
import { failureIn, jsonLines } from '../../src/images/json-lines.ts';

async function* chunks(...parts: (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part);
}

test('a character split over two chunks arrives whole', async () => {
  const bytes = Buffer.from('{"stream":"日本"}\n');

  const lines = await Array.fromAsync(jsonLines(chunks(bytes.subarray(0, 12), bytes.subarray(12))));

  expect(lines).toEqual([{ stream: '日本' }]);
});

test('a line that is no JSON object is plain output, and the ones after it still count', async () => {
  const lines = await Array.fromAsync(jsonLines(chunks('<html>\n42\r\n\n{"id":', '"x"}\n{"cut')));

  expect(lines).toEqual([{ stream: '<html>\n' }, { stream: '42\r\n' }, { id: 'x' }, { stream: '{"cut\n' }]);
});

test('a failure is found in either of its two places', () => {
  expect(failureIn({ error: 'old' })).toEqual({ message: 'old', exitCode: null });
  expect(failureIn({ errorDetail: { code: 3, message: 'm' }, error: 'm' })).toEqual({
    message: 'm',
    exitCode: 3,
  });
  expect(failureIn({ stream: 'error' })).toBeUndefined();
});
