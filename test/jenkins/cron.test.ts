import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cronMistake } from '../../src/domain/schedule.ts';
import { readJenkinsCron } from '../../src/jenkins/cron.ts';

test('a timer is carried with its time zone; H becomes a time that is always the same for a job', () => {
  const spec = '# nightly\nTZ=Asia/Shanghai\nH 2 * * 1-5\nH/15 * * * *\n';

  const cart = readJenkinsCron(spec, 'cart');
  const again = readJenkinsCron(spec, 'cart');
  const others = Array.from({ length: 20 }, (_, index) => readJenkinsCron(spec, `job-${index}`));

  expect(cart.schedule).toEqual({
    cron: expect.stringMatching(/^\d+ 2 \* \* 1-5$/),
    timezone: 'Asia/Shanghai',
  });
  expect(cart).toMatchObject({ left: ['H/15 * * * *'], hadHash: true });
  expect(again).toEqual(cart);
  expect(new Set(others.map(({ schedule }) => schedule?.cron)).size).toBeGreaterThan(10);
});

test.each([
  ['H/15 * * * *', /^(?:\d|1[0-4])-59\/15 \* \* \* \*$/],
  ['H(0-29)/10 * * * *', /^\d-29\/10 \* \* \* \*$/],
  ['H H(9-16) * * *', /^\d+ (?:9|1[0-6]) \* \* \*$/],
  ['H 4 H * *', /^\d+ 4 \d+ \* \*$/],
  ['@midnight', /^\d+ [0-2] \* \* \*$/],
  ['@hourly', /^\d+ \* \* \* \*$/],
  ['0,30 8-18 * * *', /^0,30 8-18 \* \* \*$/],
])('%s is carried', (spec, cron) => {
  expect(readJenkinsCron(spec, 'cart').schedule?.cron).toMatch(cron);
});

test('what is no timer is left, and told', () => {
  expect(readJenkinsCron('TZ=Nowhere/City\nevery day\n0 0 * *', 'cart')).toEqual({
    schedule: null,
    left: ['TZ=Nowhere/City', 'every day', '0 0 * *'],
    hadHash: false,
  });
});

test('whatever a timer says, what is carried is a right schedule', () => {
  const token = fc.constantFrom(
    'H',
    'H(',
    ')',
    '0-99',
    '/',
    '15',
    '*',
    ' ',
    ',',
    '\n',
    'TZ=UTC',
    '@daily',
    '-',
    '5',
  );

  fc.assert(
    fc.property(fc.array(token, { maxLength: 20 }), (tokens) => {
      const { schedule } = readJenkinsCron(tokens.join(''), 'cart');

      expect(schedule === null ? null : cronMistake(schedule.cron)).toBeNull();
    }),
  );
});
