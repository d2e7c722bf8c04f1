import { expect, test } from 'vitest';
import { readGithubPayload } from '../../src/domain/github-payload.ts';
import { lookAgainForPushes } from '../../src/triggers/hidden-pushes.ts';
import { waitFor } from '../support/wait-for.ts';
import { given, settled } from './git-triggers-under-test.ts';

const [a, b, c] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string];
const none = '0'.repeat(40);
const main = 'refs/heads/main';

function push(before: string, after: string, ageMs = 5_000) {
  return { ref: main, before, after, ageMs };
}

test.each([
  { what: 'shows', pushes: [push(a, b)], shown: b, inMs: undefined },
  { what: 'does not show', pushes: [push(a, b)], shown: a, inMs: 5_000 },
  { what: 'has only just come', pushes: [push(a, b, 3)], shown: a, inMs: 250 },
  { what: 'does not show for long', pushes: [push(a, b, 45_000)], shown: a, inMs: 10_000 },
  { what: 'was followed by one that no hook has told of', pushes: [push(a, b)], shown: c, inMs: undefined },
  {
    what: 'is the second of two of which none shows',
    pushes: [push(b, c), push(a, b)],
    shown: a,
    inMs: 5_000,
  },
  {
    what: 'is the second of two of which the first shows',
    pushes: [push(b, c), push(a, b)],
    shown: b,
    inMs: 5_000,
  },
  { what: 'went back to what was before', pushes: [push(b, a), push(a, b)], shown: a, inMs: undefined },
  { what: 'made a branch that is not there', pushes: [push(none, a)], shown: undefined, inMs: 5_000 },
  { what: 'deleted a branch that is there', pushes: [push(a, none)], shown: a, inMs: 5_000 },
  { what: 'deleted a branch', pushes: [push(a, none), push(none, a)], shown: undefined, inMs: undefined },
])('a push that $what is looked for again or not', ({ pushes, shown, inMs }) => {
  const refs = new Map(shown === undefined ? [] : [[main, shown]]);

  expect(lookAgainForPushes(pushes, refs)).toBe(inMs);
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
  await waitFor(looked, { what: 'a look in vain' });
  await git.git('update-ref', main, second);

  expect(await site.runs(1)).toEqual([`main 1 ${second}`]);
});

test('what a hook has told of without saying what, as of a push of many refs, is explained by it; its repository has hooks', async () => {
  await using site = await given();
  await site.watch({ pollMs: 86_400_000 });
  const { git, first, db } = site;
  for (const name of ['one', 'two', 'three', 'four'])
    await git.git('update-ref', `refs/heads/${name}`, first);

  const update = await site.tell({ event_name: 'repository_update', changes: [], refs: [] });
  await site.runs(4);
  await git.git('tag', 'v1', first);
  const create = (payload: unknown) => readGithubPayload('create', payload);
  const made = await site.tell({ ref: 'v1', ref_type: 'tag' }, 'delivery', create);
  await site.runs(5);

  const told = await Promise.all(
    [update, made].map(async (receipt) => {
      const explained = await settled(site, 'eventId' in receipt ? receipt.eventId : '');
      return explained.changes.map(({ branch }) => branch);
    }),
  );
  expect(told).toEqual([['four', 'one', 'three', 'two'], ['tags/v1']]);
  expect(await db.selectFrom('event').select('id').where('source', '=', 'poll').execute()).toEqual([]);
});
