import { expect, test } from 'vitest';
import { budgetsSchema, resolveBudgets } from '../../src/config/budgets-schema.ts';

const read = (written: unknown) => resolveBudgets(budgetsSchema.parse(written));

test('what is said of a trouble replaces what is usual for it, and nothing else', () => {
  expect(read({ crashes: 5, quota: '2m', configuration: 'immediately', unschedulable: 'ignore' })).toEqual({
    crashes: 5,
    quotaMs: 120_000,
    configurationMs: 0,
    unschedulableMs: Number.POSITIVE_INFINITY,
  });
  expect(read({})).toEqual({});
});

test('a time for refused pulls holds however often the registry refuses', () => {
  expect(read({ 'pull-denied': '5m' })).toEqual({
    pullDeniedMs: 300_000,
    pullDenials: Number.POSITIVE_INFINITY,
  });
});

test.each([{ crashes: 0 }, { quota: 'never' }, { quota: '2d' }, { evictions: '1m' }])(
  '%o is a mistake',
  (written) => {
    expect(budgetsSchema.safeParse(written).success).toBe(false);
  },
);
