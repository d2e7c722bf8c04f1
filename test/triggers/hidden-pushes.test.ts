import { expect, test } from 'vitest';
import { lookAgainForPushes } from '../../src/triggers/hidden-pushes.ts';
import { waitFor } from '../support/wait-for.ts';
import { given } from './git-triggers-under-test.ts';

const [a, b, c] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string];
const none = '0'.repeat(40);
const main = 'refs/heads/main';

function push(before: string, after: string, ageMs = 5_000) {
  return { ref: main, before, after, ageMs };
}

test.each([
  ['shows', [push(a, b)], b, undefined],
  ['does not show', [push(a, b)], a, 5_000],
  ['has only just come', [push(a, b, 3)], a, 250],
  ['does not show for long', [push(a, b, 45_000)], a, 10_000],
  ['was followed by one that no hook has told of', [push(a, b)], c, undefined],
  ['is the second of two of which none shows', [push(b, c), push(a, b)], a, 5_000],
  ['is the second of two of which the first shows', [push(b, c), push(a, b)], b, 5_000],
  ['went back to what was before', [push(b, a), push(a, b)], a, undefined],
  ['made a branch that is not there', [push(none, a)], undefined, 5_000],
  ['deleted a branch that is there', [push(a, none)], a, 5_000],
  ['deleted a branch', [push(a, none), push(none, a)], undefined, undefined],
])('a push that %s is looked for again or not', (_case, pushes, shown, expected) => {
  const refs = new Map(shown === undefined ? [] : [[main, shown]]);

  expect(lookAgainForPushes(pushes, refs)).toBe(expected);
});

test('a push that the server shows a little later than its hook comes is run without waiting for the next poll', async () => {
  await using site = await given();
  await site.watch({ pollMs: 86_400_000 });
  const { git, first, db } = site;
  const second = await git.commit({ files: { 'app/a.txt': '2' } });
  await git.git('update-ref', main, first);

  await site.hook({ before: first, after: second });
  const looked = () =>
    db
      .selectFrom('watcher')
      .innerJoin('event', 'event.repository', 'watcher.repository')
      .select('event.id')
      .whereRef('watcher.read_at', '>', 'event.received_at')
      .executeTakeFirst();
  await waitFor(looked, { what: 'a look in vain', deadlineMs: 30_000 });
  await git.git('update-ref', main, second);

  expect(await site.runs(1)).toEqual([`main 1 ${second}`]);
});
