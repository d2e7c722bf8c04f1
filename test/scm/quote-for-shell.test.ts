import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quoteForShell } from '../../src/scm/quote-for-shell.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const hostile = [
  '$(touch x)',
  '`touch x`',
  ';touch x',
  '&&touch x',
  '|touch x',
  '>x',
  "'",
  '"',
  "'$(touch x)'",
];
const odd = [
  '-rf',
  '--',
  '',
  ' ',
  '\n',
  '\n touch x\n',
  '\\',
  '$HOME',
  '*',
  '~',
  '!',
  '@',
  '100%',
  '中文',
  '\r',
  '#x',
];

test('a shell gives back every text that was quoted, and runs nothing of it', async () => {
  await using folder = await temporaryFolder();
  const text = fc.oneof(
    fc.constantFrom(...hostile, ...odd),
    fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0')),
  );

  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 40 }), async (texts) => {
      const line = `printf '%s\\0' ${texts.map(quoteForShell).join(' ')}`;

      const printed = await runCommand('/bin/sh', ['-c', line], { cwd: folder.path });

      expect(printed.split('\0').slice(0, -1)).toEqual(texts);
    }),
    { numRuns: 50 },
  );
  expect(await runCommand('ls', ['-A', folder.path])).toBe('');
});
