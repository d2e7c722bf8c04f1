import { expect, test } from 'vitest';
import { given, runsOf } from './git-triggers-under-test.ts';
import { pipelineOf } from './triggers-under-test.ts';

test('an empty commit and a reworded one run what is of the whole repository, and nothing that is of a part of it', async () => {
  const pipelines = [
    pipelineOf('app', { branches: ['**'], path: 'app' }),
    pipelineOf('all', { branches: ['**'] }),
    pipelineOf('texts', { branches: ['**'], paths: ['**/*.txt'] }),
  ];
  await using site = await given(pipelines);
  await using _watching = await site.watch({ pollMs: 100 });
  const { git, first } = site;

  const empty = await git.commit({ files: {}, message: 'build it again' });
  await site.runs(1);
  const reworded = await git.commit({ from: first, files: {}, message: 'build it once more' });
  await site.runs(2);
  const next = await git.commit({ files: { 'app/a.txt': '2' } });

  await site.runs(5);
  expect((await runsOf(site)).sort()).toEqual(
    [
      ...[empty, reworded].map((revision) => `all main ${revision} commit`),
      ...['all', 'app', 'texts'].map((name) => `${name} main ${next} commit`),
    ].sort(),
  );
});
