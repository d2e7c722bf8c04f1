import { expect, test } from 'vitest';
import { amountText, standingText } from '../../src/cli/progress-text.ts';

const uncounted = { done: 0, total: null, unit: 'steps', text: 'sh test.sh' } as const;

test.each([
  ['sh test.sh', uncounted],
  ['1 of 2 steps: sh test.sh', { ...uncounted, done: 1, total: 2 }],
  ['7 files: checking out', { done: 7, total: null, unit: 'files', text: 'checking out' }],
  [
    'checking out: 1 file or folder, 4.1 kB so far',
    { done: 1, total: null, unit: 'files', text: 'checking out: 1 file or folder, 4.1 kB so far' },
  ],
  ['checking out: 7 files', { done: 7, total: null, unit: 'files', text: 'checking out: 7 files' }],
] as const)('%s', (line, progress) => {
  expect(standingText(progress)).toBe(line);
});

test('where nothing has been counted no number is shown', () => {
  expect(amountText(uncounted)).toBe('');
});
