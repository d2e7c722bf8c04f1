import { expect, test } from 'vitest';
import { findBaseImages } from '../../src/images/base-images.ts';

const none = { args: {}, target: null };

test('arguments are put into FROM, the build’s own before the default', () => {
  const dockerfile = [
    'ARG HOST=registry.example.com:5000 TAG=1',
    'ARG BASE=${HOST}/base:${TAG}',
    'FROM ${BASE} AS a',
    'FROM $HOST/other:${MISSING:-latest}${TAG:+-slim} AS b',
    'COPY --from=a /x /x',
  ].join('\n');

  const found = findBaseImages(dockerfile, { args: { TAG: '2' }, target: null });

  expect(found.images).toEqual([
    'registry.example.com:5000/other:latest-slim',
    'registry.example.com:5000/base:2',
  ]);
  expect(found.base).toBe('registry.example.com:5000/other:latest-slim');
});

test('only what the target needs is named, stages by name or number and scratch never', () => {
  const dockerfile = [
    'FROM unneeded:1 AS unneeded',
    'FROM tools:1 AS Tools',
    'FROM scratch AS base',
    'FROM base AS app',
    'COPY --from=1 /a /a',
    'COPY --from=files:1 --chown=1:1 /b /b',
    'RUN --mount=type=bind,from=mounted:1,target=/m \\',
    '  # a comment in between',
    '  make',
    'FROM later:1',
  ].join('\n');

  const found = findBaseImages(dockerfile, { args: {}, target: 'APP' });

  expect(found.images).toEqual(['tools:1', 'files:1', 'mounted:1']);
  expect(found.base).toBeNull();
});

test('a FROM inside a here-document is text', () => {
  expect(findBaseImages('FROM a:1\nCOPY <<EOF /x\nFROM b:1\nEOF\n', none).images).toEqual(['a:1']);
});

test('the frontend of a syntax line is known, a variable without a value is left to the builder', () => {
  const found = findBaseImages('# syntax=docker/dockerfile:1\nFROM $NOWHERE\n', none);

  expect(found).toEqual({ images: [], base: null, frontend: 'docker/dockerfile:1' });
});

test.each(['', 'RUN x', 'FROM', 'FROM a\nFROM a\nCOPY --from=9 a b'])(
  '%j does not break the reader',
  (dockerfile) => {
    expect(() => findBaseImages(dockerfile, none)).not.toThrow();
  },
);

test('stages that all read each other, and variables that hold each other, take no time to look through', () => {
  const doubled = Array.from({ length: 40 }, (_, index) => `ARG V${index + 1}=$V${index}$V${index}`);
  const stages = Array.from(
    { length: 60 },
    (_, index) => `FROM s${index} AS s${index + 1}\nCOPY --from=s${index} /a /b`,
  );
  const dockerfile = ['ARG V0=xxxxxxxx', ...doubled, 'FROM base:1 AS s0', ...stages].join('\n');

  const found = findBaseImages(dockerfile, none);

  expect(found.images).toEqual(['base:1']);
});
