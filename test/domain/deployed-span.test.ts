import { expect, test } from 'vitest';
import { deployedSpan } from '../../src/domain/deployed-span.ts';

const place = { repository: 'shop', generation: 1, branch: 'trunk', move: 12 };

test('a newer revision of the same branch brings the changes after the one before', () => {
  const span = deployedSpan({ ...place, move: 9 }, place);

  expect(span).toEqual({ direction: 'forward', after: 9, upTo: 12 });
});

test('an older revision takes back the changes after itself', () => {
  const span = deployedSpan({ ...place, move: 15 }, place);

  expect(span).toEqual({ direction: 'back', after: 12, upTo: 15 });
});

test('the same revision again changes nothing', () => {
  expect(deployedSpan(place, place).direction).toBe('same');
});

test.each([{ branch: 'branches/release-1' }, { repository: 'web' }, { generation: 2 }])(
  'no list of changes connects two histories: %o',
  (other) => {
    const span = deployedSpan({ ...place, ...other, move: 9 }, place);

    expect(span).toEqual({ direction: 'elsewhere', after: 0, upTo: 0 });
  },
);
