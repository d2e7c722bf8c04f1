import { expect, test } from 'vitest';
import { given } from './git-triggers-under-test.ts';

test('of very many new branches a part is stored at a time, and a push to one that was there comes first', async () => {
  await using site = await given();
  await using _watching = await site.watch();
  const { git, first, db } = site;
  const topic = await git.commit({ branch: 'a', from: first, files: { 'app/b.txt': '1' } });
  const names = Array.from({ length: 220 }, (_, index) => `a-${index}`);
  await git.git('fetch', '--quiet', '.', ...names.map((name) => `refs/heads/a:refs/heads/${name}`));
  const after = await git.commit({ files: { 'app/a.txt': '2' } });

  await site.hook({ before: first, after });
  const runs = await site.runs(names.length + 2);

  expect(runs[0]).toBe(`main 1 ${after}`);
  expect(runs.toSorted()).toEqual(
    [`main 1 ${after}`, ...['a', ...names].map((name) => `${name} 1 ${topic}`)].sort(),
  );
  const finds = await db.selectFrom('change').select('event_id').distinct().execute();
  expect(finds).toHaveLength(3);
});
