import { expect, test } from 'vitest';
import { LogLines } from '../../src/web/log/log-lines.ts';

test('a line too long for a browser is shown as several, with nothing lost and its colour going on', () => {
  const lines = new LogLines();
  const long = `\u001b[31m${'x'.repeat(20_000)}`;

  lines.append({ seq: 1, step: 'unit', text: `before\n${long}` });
  lines.append({ seq: 2, step: 'unit', text: `${'y'.repeat(20_000)}\n\u001b[0mafter\n` });

  const { lines: shown, settled } = lines.linesOf(undefined);
  expect(shown[0]?.text).toBe('before');
  expect(shown.at(-1)?.text).toBe('after');
  expect(
    shown
      .slice(1, -1)
      .map(({ text }) => text)
      .join(''),
  ).toBe('x'.repeat(20_000) + 'y'.repeat(20_000));
  expect(settled).toBe(shown.length);
  expect(Math.max(...shown.map(({ text }) => text.length))).toBeLessThan(20_000);
  expect(shown[2]?.pieces?.[0]?.foreground).toMatchObject({ type: 'named', name: 'red' });
});
