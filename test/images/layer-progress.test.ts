import { expect, test } from 'vitest';
import type { StepProgress } from '../../src/domain/step-progress.ts';
import { createLayerProgress } from '../../src/images/layer-progress.ts';

test('a pull counts the bytes of the layers that move, and unpacking takes nothing back', () => {
  const progress = read('base-image', [
    { status: 'Pulling from shop/base', id: 'r1' },
    { status: 'Pulling fs layer', id: 'aaaaaaaaaaaa' },
    { status: 'Already exists', id: 'bbbbbbbbbbbb' },
    { status: 'Downloading', id: 'aaaaaaaaaaaa', progressDetail: { current: 30, total: 100 } },
    { status: 'Extracting', id: 'aaaaaaaaaaaa', progressDetail: { current: 5, total: 400 } },
    { status: 'Pull complete', id: 'aaaaaaaaaaaa', progressDetail: {} },
  ]);

  expect(progress.map(({ done, total, unit }) => [done, total, unit])).toEqual([
    [0, 1, 'layers'],
    [1, 2, 'layers'],
    [30, 100, 'bytes'],
    [100, 100, 'bytes'],
    [100, 100, 'bytes'],
  ]);
  expect(progress.at(-1)).toMatchObject({
    phase: 'base-image',
    text: 'pulling it: 2 of 2 layers',
    items: [
      { name: 'aaaaaaaaaaaa', state: 'done', text: 'pull complete', done: 100, total: 100 },
      { name: 'bbbbbbbbbbbb', state: 'done', text: 'already exists', done: null, total: null },
    ],
  });
});

test('a push never shows more than there is, whatever the engine says', () => {
  const progress = read('push', [
    { status: 'Preparing', id: 'aaaaaaaaaaaa' },
    { status: 'Pushing', id: 'aaaaaaaaaaaa', progressDetail: { current: 300, total: 200 } },
    { status: 'Pushed', id: 'aaaaaaaaaaaa' },
    { status: 'r1: digest: sha256:0 size: 528' },
  ]);

  expect(progress.map(({ done, total, items }) => [done, total, items[0]?.state])).toEqual([
    [0, 1, 'waiting'],
    [200, 200, 'working'],
    [200, 200, 'done'],
  ]);
});

function read(phase: 'base-image' | 'push', lines: object[]): StepProgress[] {
  const seen: StepProgress[] = [];
  const accept = createLayerProgress({ phase, what: 'pulling it' }, (progress) => seen.push(progress));
  for (const line of lines) accept(line);
  return seen;
}
