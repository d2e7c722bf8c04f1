import { describe, expect, test } from 'vitest';
import { asText, head, pipelineOf, problemsOf } from './read-pipeline.ts';

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

  test.each([
    ['UTF-16 without a mark', 'n\0a\0m\0e\0\n\0', '1:1 the file is UTF-16 (save it as UTF-8)'],
    [
      'lines that end with a carriage return',
      'name: a\rsource: b\rsteps: c\r',
      '1:8 a carriage return without a line feed (end lines with a line feed, or with both)',
    ],
  ])('%s is told once', (_what, text, told) => {
    expect(problemsOf(text).map(asText)).toEqual([told]);
  });

  const commands = (...lines: string[]) =>
    `${head}steps:\n  - id: a\n    run:\n      image: x\n      commands:\n${lines.map((line) => `        - ${line}\n`).join('')}`;

  test('a command that YAML cuts off within a quote is told, with where the comment begins', () => {
    const text = commands('echo "a" "b # c"', "sed -i 's/ #x//' f");

    expect(problemsOf(text).map(asText)).toEqual([
      "8:23 a '#' after a space begins a comment, and cuts the text off within a quote (put the whole text in quotes, or on a line of its own below '|')",
      expect.stringMatching(/^9:22 a '#' after a space/),
    ]);
  });

  test('a comment after a whole command is one', () => {
    expect(problemsOf(commands("echo it's # fine", 'echo "a" # b', "'echo # c'", 'echo a#b'))).toEqual([]);
  });

  test('a byte order mark is no column', () => {
    const [problem] = problemsOf('\ufeffnam: cart\n');

    expect(problem).toMatchObject({ line: 1, column: 1, source: 'nam: cart' });
  });

  test('Chinese punctuation within a text is not blamed for what is wrong beside it', () => {
    const text = `${head}steps:\n  - { id: a, approve: { by: [x], message: 部署，确认：[好 } }\n`;

    expect(problemsOf(text).map(asText).join()).not.toContain('full-width');
  });

  const run = (more: string) => `${head}steps:\n  - { id: a, run: { image: x, commands: [ls], ${more} } }\n`;

  test.each([
    [
      'a NUL',
      `${head}steps:\n  - { id: a, run: { image: x, commands: ["a\0"] } }\n`,
      '4:44 a control character (U+0000)',
    ],
    ['what is not UTF-8', `${head}# caf\ufffd\nsteps: []\n`, '3:6 the file is not UTF-8 from here on'],
    ['another version', `%YAML 1.1\n---\n${head}`, '1:1 the file says that it is of another version of YAML'],
    ['a lone carriage return', `${head}steps:\r  - { id: a }\n`, '3:7 a carriage return without a line feed'],
    [
      'a space that is none',
      `${head}steps:\n\u3000- { id: a }\n  - { id: b }\n  c\n`,
      '4:1 a line is indented with a character that is no plain space (U+3000)',
    ],
    ['a full-width colon', `name：cart\nsource: {}\n`, "1:5 here is a full-width ':' (U+FF1A) (write ':')"],
    [
      'a full-width comma',
      'name: cart\nsource: { repository: shop， path: a }\n',
      "2:27 here is a full-width ',' (U+FF0C) (write ',')",
    ],
    [
      'a space of a web page behind a colon',
      'name:\u00a0cart\nsource: {}\n',
      '1:6 here is a space that is no plain one (U+00A0) (replace it with a plain space)',
    ],
    [
      'a space of a web page in what is read as a key',
      'source:\u3000{ repository: shop }\n',
      "1:1 unknown key 'source:\u3000{ repository' (it has a space that is no plain one (U+3000) in it: replace it with a plain space)",
    ],
    [
      'a merge that nobody has finished',
      `<<<<<<< .mine\nname: a\n||||||| .r1\n=======\nname: b\n>>>>>>> .r2\n`,
      '1:1 a conflict of a merge begins here',
    ],
    [
      'a text that is not indented',
      `${head}steps:\n  - id: a\n    run:\n      commands:\n        - |\n        echo a\n        echo b\n`,
      "8:1 the text after '|' or '>' above does not begin here: this line is not indented further",
    ],
    [
      'a key below a dash without a space',
      `${head}steps:\n  -id: a\n   run: {}\n`,
      "4:8 a dash of a list is followed by a space (write '- ' before the first key of each entry)",
    ],
    [
      'quotes of a word processor',
      run('network: “x”'),
      `4:56 this is no name of a network (these are no quotes of YAML: write ' or ")`,
    ],
    [
      'a bracket',
      `${head}steps:\n  - id: a\n    needs: [b\n    run: {}\n`,
      '5:12 this [ is never closed (close it with ])',
    ],
    [
      'a line that is indented too far',
      'name: cart\n  source: {}\n',
      '1:7 the line below is indented further than this one',
    ],
    [
      'a dash without a space',
      `${head}steps:\n  -id: a\n`,
      '4:3 expected a list, got keys with values (a space is missing after the dash: - id: ...)',
    ],
    ['no number', run('cpus: .nan'), '4:53 expected a number, got one that is too large, or none at all'],
    [
      'a name with a space',
      'name: My Cart\n',
      '1:7 a name has 1 to 63 lower-case letters, digits and dashes, and begins and ends with a letter or digit (for example my-cart)',
    ],
    [
      'a backslash in a path',
      'source: { repository: shop, path: a\\b }\n',
      '1:35 a path has no backslashes (write a/b)',
    ],
    [
      'secrets of the file',
      `secrets: {}\n${head}`,
      "1:1 secrets are the server's, under 'secrets' of trunkline.yaml",
    ],
    [
      'variables of the file',
      `variables: {}\n${head}`,
      "1:1 a pipeline has no 'variables' of its own: its steps have",
    ],
  ])('%s is told at its place', (_what, text, told) => {
    const problems = problemsOf(text).map(asText);

    expect(problems.filter((problem) => problem.startsWith(told))).toHaveLength(1);
  });

  test('each pattern that lacks its quotes is told, and what else is wrong; nothing follows from them', () => {
    const text = `${head}on: { commit: { paths: [*.md, !docs/**] } }\nsteps: [{ id: a, rnu: 1 }]\n`;

    expect(problemsOf(text).map(({ line, column }) => [line, column])).toEqual([
      [3, 25],
      [3, 31],
      [4, 18],
    ]);
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
