import { describe, expect, test } from 'vitest';
import { type Happening, noticeOf, noticeText } from '../../src/domain/notification.ts';

const failed: Happening = {
  ...{ runId: 'r1', pipeline: 'cart', number: 12, branch: 'trunk', revision: '4711', author: 'ann' },
  ...{ outcome: 'failed', before: 'succeeded', reason: 'test: npm test ended with 1', step: null },
};

describe('of what happens', () => {
  test.each([
    ['failed', 'succeeded', ['failure'], 'failure'],
    ['failed', 'succeeded', ['first-failure'], 'first-failure'],
    ['timed-out', null, ['first-failure'], 'first-failure'],
    ['errored', 'failed', ['first-failure'], null],
    ['rejected', 'failed', ['failure', 'first-failure'], 'failure'],
    ['succeeded', 'failed', ['fixed'], 'fixed'],
    ['succeeded', 'failed', ['success'], 'success'],
    ['succeeded', 'succeeded', ['fixed'], null],
    ['succeeded', null, ['fixed', 'success'], 'success'],
    [null, null, ['failure', 'approval'], 'approval'],
    [null, null, ['failure'], null],
  ] as const)(
    'a run that ended %s after %s is told to who wants %j as %s',
    (...[outcome, before, wanted, notice]) => {
      expect(noticeOf({ outcome, before }, wanted)).toBe(notice);
    },
  );
});

describe('a notice', () => {
  test('says in one line what became of which run and why, with the page below', () => {
    const page = 'https://ci.example.com/runs/r1';

    expect(noticeText(failed, { notice: 'failure', language: 'en', page })).toBe(
      `✗ cart #12 failed on trunk (r4711, ann): test: npm test ended with 1\n${page}`,
    );
    expect(noticeText(failed, { notice: 'failure', language: 'zh', page: null })).toBe(
      '✗ cart #12 失败，分支 trunk (r4711, ann)：test: npm test ended with 1',
    );
  });

  test('says that a run went well again, and what waits for whom', () => {
    const fixed: Happening = { ...failed, outcome: 'succeeded', before: 'failed', reason: null };
    const waits: Happening = {
      ...failed,
      outcome: null,
      step: 'sign-off',
      reason: 'waiting for approval by qa',
    };

    expect(noticeText(fixed, { notice: 'fixed', language: 'en', page: null })).toBe(
      '✓ cart #12 works again on trunk (r4711, ann)',
    );
    expect(noticeText(waits, { notice: 'approval', language: 'en', page: null })).toBe(
      '⏸ cart #12 waits for an approval on trunk (r4711, ann): sign-off: waiting for approval by qa',
    );
  });

  test('stays one line, whatever names and reasons hold, and leaves room for the page', () => {
    const reason = `first\n✓ cart #13 succeeded\u202e${'长'.repeat(2_000)}`;
    const page = 'https://ci.example.com/runs/r1';

    const [line = '', ...rest] = noticeText(
      { ...failed, author: 'a\r\nb', reason },
      { notice: 'failure', language: 'en', page },
    ).split('\n');

    expect(line).toMatch(/^✗ cart #12 failed on trunk \(r4711, a b\): first ✓ cart #13 succeeded 长+…$/u);
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(1_000);
    expect(rest).toEqual([page]);
  });
});
