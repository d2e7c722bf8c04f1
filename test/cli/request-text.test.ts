import { expect, test } from 'vitest';
import { requestText } from '../../src/cli/run-text.ts';

test('a request says whether its branch is that of a fork, and shows no control characters of it', () => {
  const request = { number: 7, source: 'main', target: 'main' };
  const fork = requestText({ ...request, source: 'a\u001b[2Jb', isFork: true });

  expect(requestText(request)).toBe('merge request 7 of main into main');
  expect(fork).toMatch(/^merge request 7 of a fork's a.*b into main$/);
  expect(fork).not.toContain('\u001b');
});
