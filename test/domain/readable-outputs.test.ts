import { expect, test } from 'vitest';
import { readableOutputs } from '../../src/domain/readable-outputs.ts';

test('a push can be read by its digest, alone and with the name of the image', () => {
  const push = { image: 'base', imageId: 'sha256:1', name: 'shop/base', tags: ['r1'] };
  const outputs = readableOutputs({ ...push, repository: 'registry:5000/shop/base', digest: 'sha256:22' });

  expect(Object.fromEntries(outputs)).toEqual({
    image: 'registry:5000/shop/base@sha256:22',
    digest: 'sha256:22',
  });
});

test('of a run step it is what its commands wrote, of others nothing', () => {
  expect(Object.fromEntries(readableOutputs({ outputs: { VERSION: '1.4' } }))).toEqual({ VERSION: '1.4' });
  expect(readableOutputs({ imageId: 'sha256:1', name: 'shop/base', engine: 'e' }).size).toBe(0);
  expect(readableOutputs(null).size).toBe(0);
});
