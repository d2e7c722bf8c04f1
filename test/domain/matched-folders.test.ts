import { expect, test } from 'vitest';
import type { ChangedPath } from '../../src/domain/change.ts';
import { matchedFolders, shortestFolders } from '../../src/domain/matched-folders.ts';
import { runValues } from '../../src/domain/run-values.ts';
import { buildStep, pipelineOf } from './read-pipeline.ts';

function folders(on: string, base: string, ...paths: string[]): string[] {
  const source = `{ repository: shop, path: '${base}' }`;
  const pipeline = pipelineOf(`name: cart\nsource: ${source}\non: ${on}\nsteps:\n  - ${buildStep}\n`);
  return matchedFolders(pipeline, {
    paths: paths.map((path): ChangedPath => ({ path, action: 'modified', kind: 'file' })),
  });
}

test('a run knows the shortest folders in which something was changed that its pipeline asks for', () => {
  const paths = ['cart/src/a.ts', 'cart/src/deep/b.ts', 'cart/docs/a.md', 'cart/docs/b.txt', 'web/a.ts'];

  expect(folders('{ commit: {} }', 'cart', ...paths)).toEqual(['cart/docs', 'cart/src']);
  expect(folders("{ commit: { paths: ['**', '!docs/**'] } }", 'cart', ...paths)).toEqual(['cart/src']);
  expect(folders('{ commit: {} }', '', ...paths, 'readme.md')).toEqual(['']);
});

test('with very many folders it is told of the whole source', () => {
  const many = Array.from({ length: 500 }, (_, index) => `cart/${index}/a.ts`);

  expect(folders('{ commit: {} }', 'cart', ...many)).toEqual(['cart']);
  expect(shortestFolders(['a/b', 'a', 'a/c', 'ab'], '')).toEqual(['a', 'ab']);
});

test('the root of a branch is a dot where templates read it', () => {
  const run = {
    pipeline: 'cart',
    number: 1,
    repository: 'shop',
    branch: 'trunk',
    revision: '7',
    author: null,
  };

  const values = runValues({ ...run, told: { trigger: 'commit', paths: ['', 'a'] }, parameters: {} });

  expect(values).toMatchObject({ paths: '. a', trigger: 'commit', 'merge-request': '', author: '' });
});
