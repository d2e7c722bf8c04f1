import { expect, test } from 'vitest';
import { toldParts } from '../../src/triggers/told-parts.ts';
import { waitFor } from '../support/wait-for.ts';
import { type GitTriggers, given, settled, zero } from './git-triggers-under-test.ts';
import { pipelineOf } from './triggers-under-test.ts';

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(40)) as [
  string,
  string,
  string,
  string,
];
const main = 'refs/heads/main';

test.each([
  { what: 'one', to: b, told: ['a b'], parts: [] },
  { what: 'two', to: c, told: ['a b', 'b c'], parts: [b] },
  { what: 'two, the second not yet', to: c, told: ['a b'], parts: [b] },
  { what: 'three that came in another order', to: d, told: ['c d', 'a b', 'b c'], parts: [b, c] },
  { what: 'none that begins there', to: d, told: ['b c', 'c d'], parts: [] },
  { what: 'to and fro', to: b, told: ['a b', 'b a', 'a b'], parts: [] },
  { what: 'in a ring, and on', to: d, told: ['a b', 'b c', 'c b'], parts: [b, c] },
  { what: 'a deletion', to: c, told: ['a 0', '0 c'], parts: [] },
])('the way of a branch that hooks told of as $what', ({ to, told, parts }) => {
  const idOf = (digit = '') => digit.repeat(40);
  const pushes = told.map((push) => {
    const [before, after] = push.split(' ').map(idOf) as [string, string];
    return { ref: main, before, after, ageMs: 1_000 };
  });

  expect(toldParts({ ref: main, from: a, to }, pushes.toReversed())).toEqual(parts);
});

test('two pushes that hooks told of and one look finds are a run each, by a commit and a message of its own', async () => {
  await using site = await given([
    pipelineOf('app', { branches: ['**'] }),
    pipelineOf('newest', { branches: ['**'], revisions: 'latest' }),
  ]);
  await begun(site);
  const { git, first, hook, db } = site;
  const second = await git.commit({ files: { 'app/a.txt': '2' } });
  const third = await git.commit({ files: { 'app/b.txt': '3' } });
  const fourth = await git.commit({ files: { 'version.txt': '4' }, message: 'release [skip ci]' });
  const made = await git.git('branch', 'topic', second).then(() => second);

  const receipts = [
    await hook({ before: third, after: fourth }),
    await hook({ before: first, after: second }),
    await hook({ before: second, after: third }),
    await hook({ ref: 'refs/heads/topic', before: zero, after: made }),
  ];
  await site.watch();
  await site.runs(5);

  const explained = await Promise.all(
    receipts.map(async (receipt) => {
      const { changes } = await settled(site, 'eventId' in receipt ? receipt.eventId : '');
      return changes.map(({ branch, move, revision, path_count, decisions }) => {
        const verdicts = decisions.map(({ pipeline, verdict }) => `${pipeline} ${verdict}`).toSorted();
        return [branch, move, revision, path_count, ...verdicts];
      });
    }),
  );
  expect(explained).toEqual([
    [['main', 3, fourth, 1, 'app skip', 'newest skip']],
    [['main', 1, second, 1, 'app run', 'newest skip']],
    [['main', 2, third, 1, 'app run', 'newest run']],
    [['topic', 1, second, 1, 'app run', 'newest run']],
  ]);
  const stored = await db.selectFrom('git_ref').selectAll().where('ref', '=', main).executeTakeFirstOrThrow();
  expect(stored).toMatchObject({ object_id: fourth, move: 3 });
});

test('a push that another one was forced over before anybody looked is no run, and its hook says what came instead', async () => {
  await using site = await given();
  await begun(site);
  const { git, first, hook } = site;
  const second = await git.commit({ files: { 'app/a.txt': '2' } });
  await git.git('update-ref', main, first);
  const forced = await git.commit({ files: { 'app/a.txt': '3' } });

  const receipts = [
    await hook({ before: first, after: second }),
    await hook({ before: second, after: forced }),
    await hook({ ref: 'refs/heads/gone', before: zero, after: second }),
  ];
  await site.watch();

  expect(await site.runs(1)).toEqual([`main 1 ${forced}`]);
  const explained = await Promise.all(
    receipts.map((receipt) => settled(site, 'eventId' in receipt ? receipt.eventId : '')),
  );
  expect(explained.map(({ goneOn }) => goneOn)).toEqual([{ branch: 'main', revision: forced }, null, null]);
});

/** Watched once, so that history has begun. */
async function begun(site: GitTriggers): Promise<void> {
  await using _watch = await site.watch();
  await waitFor(() => site.db.selectFrom('git_ref').selectAll().executeTakeFirst(), { what: 'the refs' });
}
