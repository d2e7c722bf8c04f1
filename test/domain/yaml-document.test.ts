import { describe, expect, test } from 'vitest';
import { head, pipelineOf, problemsOf } from './read-pipeline.ts';

describe('the traps of YAML', () => {
  test.each([
    ['1.10', 'expected text, but YAML reads 1.10 as the number 1.1', "put it in quotes: '1.10'"],
    ['true', 'expected text, got the value true', "put it in quotes: 'true'"],
    ['012', 'expected text, but YAML reads 012 as the number 12', "put it in quotes: '012'"],
    ['null', 'expected text, but YAML reads null as nothing', "put it in quotes: 'null'"],
    ['', 'expected text, got nothing', undefined],
  ])('a build argument %j must be text', (written, message, hint) => {
    const [problem, ...more] = problemsOf(
      `${head}steps:\n  - id: image\n    build:\n      image: a\n      args:\n        V: ${written}\n`,
    );

    expect(problem).toMatchObject({ message, line: 8 });
    expect(problem?.hint).toBe(hint);
    expect(more).toEqual([]);
  });

  test('a key without a value is told as one', () => {
    const problems = problemsOf(`${head}steps:\n  - { id: test, run: { image, commands: [x] } }\n`);

    expect(problems).toMatchObject([{ message: 'expected text, got nothing', line: 4, column: 24 }]);
  });

  test('no is text, as YAML 1.2 says', () => {
    const pipeline = pipelineOf(`${head}steps:\n  - { id: image, build: { image: a, args: { V: no } } }\n`);

    expect(pipeline.steps[0]).toMatchObject({ args: { V: 'no' } });
  });

  test.each([
    ['a tab', 'name: cart\nsource:\n\trepository: shop\n', 3, 'a tab cannot indent YAML'],
    ['a key given twice', 'name: a\nname: b\n', 2, 'this key is given twice'],
    ['two documents', 'name: a\n---\nname: b\n', 2, 'the file holds more than one YAML document'],
    ['a tag', 'name: !!js/function a\n', 1, 'tags (!name) are not supported'],
    ['an alias without an anchor', 'name: *a\n', 1, 'an alias (*name) without an anchor (&name) before it'],
    ['an alias of itself', 'name: &a [*a]\n', 1, 'an alias inside of what it stands for'],
    ['deep nesting', `name: ${'['.repeat(5000)}`, 1, 'nested deeper than 32 levels'],
    ['a huge file', `name: ${'a'.repeat(300_000)}`, 1, 'the file is larger than 256 KiB'],
    [
      'aliases without end',
      `a: &a [x]\nb: [${'*a,'.repeat(101)}]\n`,
      1,
      'aliases multiply the file too much',
    ],
    [
      'more values than anybody writes',
      `name: [${'a,'.repeat(10_001)}]`,
      1,
      'the file has more than 10000 values',
    ],
    ['a list for a key', '? [a]\n: b\n', 1, 'a key must be text'],
  ])('%s is refused', (...[, text, line, message]) => {
    expect(problemsOf(text)).toContainEqual(expect.objectContaining({ line, message }));
  });

  test('an alias bomb is refused before it expands', () => {
    const lines = Array.from(
      { length: 12 },
      (_, index) => `k${index + 1}: &a${index + 1} [${`*a${index},`.repeat(10)}]`,
    );

    const problems = problemsOf(['k0: &a0 [x]', ...lines].join('\n'));

    expect(problems.map((problem) => problem.message)).toEqual(['aliases multiply the file too much']);
  });
});
