import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openCatalogue } from '../../src/config/pipeline-catalogue.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { catalogueOf, namesOf, serverConfig } from './catalogue-of.ts';

function pipelineFile(name: string, more = ''): string {
  return `name: ${name}
source: { repository: shop }
steps:
  - { id: image, build: { image: shop/${name} } }
  - { id: push, push: { image } }
${more}`;
}

describe('a catalogue', () => {
  test('holds the YAML files of its folder and nothing else', async () => {
    const cart = pipelineFile('cart');
    await using opened = await catalogueOf({
      'cart.yaml': cart,
      'web.yml': pipelineFile('web'),
      'a.txt': 'x',
      '.b.yaml': 'x',
    });

    expect(namesOf(opened.catalogue)).toEqual(['cart', 'web']);
    expect(opened.catalogue.get('cart')).toMatchObject({
      name: 'cart',
      source: cart,
      pipeline: { name: 'cart' },
    });
    expect(opened.catalogue.get('none')).toBeUndefined();
    expect(opened.catalogue.problems()).toEqual([]);
  });

  test('of a folder that does not exist is empty', async () => {
    await using folder = await temporaryFolder();

    const catalogue = openCatalogue(join(folder.path, 'none'), await serverConfig(folder.path));

    expect(catalogue.list()).toEqual([]);
    expect(catalogue.problems()).toEqual([]);
  });

  test('follows its files, and reads only those again that changed', async () => {
    await using opened = await catalogueOf({ 'a.yaml': pipelineFile('cart'), 'b.yaml': pipelineFile('web') });
    const before = opened.catalogue.get('web');

    await opened.put('a.yaml', pipelineFile('cart2'));
    await opened.put('c.yaml', pipelineFile('new'));

    expect(namesOf(opened.catalogue)).toEqual(['cart2', 'web', 'new']);
    expect(opened.catalogue.get('web')).toBe(before);

    await opened.remove('b.yaml');

    expect(namesOf(opened.catalogue)).toEqual(['cart2', 'new']);
  });

  test('leaves out a broken file, says why, and takes it back when it is mended', async () => {
    await using opened = await catalogueOf({ 'a.yaml': 'nmae: cart\n', 'b.yaml': pipelineFile('web') });

    expect(namesOf(opened.catalogue)).toEqual(['web']);
    expect(opened.catalogue.problems()).toContainEqual(
      expect.objectContaining({ message: "unknown key 'nmae'", line: 1, column: 1, source: 'nmae: cart' }),
    );

    await opened.put('a.yaml', pipelineFile('cart'));

    expect(namesOf(opened.catalogue)).toEqual(['cart', 'web']);
    expect(opened.catalogue.problems()).toEqual([]);
  });

  test('refuses pipelines that would start each other without end, and no other', async () => {
    const runsAfter = (name: string) => `on: { pipeline: { name: ${name} } }\n`;
    await using opened = await catalogueOf({
      'a.yaml': pipelineFile('a', runsAfter('c')),
      'b.yaml': pipelineFile('b', runsAfter('a')),
      'c.yaml': pipelineFile('c', runsAfter('b')),
      'd.yaml': pipelineFile('d', runsAfter('a')),
      'e.yaml': pipelineFile('e', runsAfter('e')),
    });

    expect(namesOf(opened.catalogue)).toEqual(['d']);
    expect(opened.catalogue.problems().map(({ message }) => message)).toEqual([
      'pipelines would start each other without end: a -> b -> c -> a',
      'pipelines would start each other without end: b -> c -> a -> b',
      'pipelines would start each other without end: c -> a -> b -> c',
      'pipelines would start each other without end: e -> e',
    ]);
  });

  test('refuses a pipeline that runs after one that does not exist, unless that may be in a broken file', async () => {
    await using opened = await catalogueOf({
      'base.yaml': pipelineFile('base'),
      'cart.yaml': pipelineFile('cart', 'on: { pipeline: { name: bse } }\n'),
    });
    expect(opened.catalogue.problems()).toMatchObject([
      { line: 6, column: 25, message: "there is no pipeline 'bse'", hint: "did you mean 'base'?" },
    ]);

    await opened.put('broken.yaml', 'name: bse\n');

    expect(namesOf(opened.catalogue)).toEqual(['base', 'cart']);
  });

  test('keeps the first of two files with one pipeline name', async () => {
    await using opened = await catalogueOf({
      'a.yaml': pipelineFile('cart'),
      'b.yaml': pipelineFile('cart'),
    });

    expect(opened.catalogue.list()).toHaveLength(1);
    expect(opened.catalogue.problems()).toMatchObject([
      {
        line: 1,
        column: 7,
        message: expect.stringMatching(/^pipeline 'cart' is defined in .*a\.yaml already$/),
      },
    ]);
  });

  test('refuses a huge file without reading it', async () => {
    await using opened = await catalogueOf({ 'a.yaml': `# ${'x'.repeat(300_000)}\n` });

    expect(opened.catalogue.problems()).toMatchObject([{ message: 'the file is larger than 256 KiB' }]);
  });
});

describe("what the server's config does not know", () => {
  test.each([
    [
      'name: cart\nsource: { repository: shp }\nsteps: [{ id: a, build: { image: a } }]\n',
      "2:23 the server knows no repository 'shp' (did you mean 'shop'?)",
    ],
    [
      'name: cart\nsource: { repository: constructor }\nsteps: [{ id: a, build: { image: a } }]\n',
      "2:23 the server knows no repository 'constructor' (known here: shop)",
    ],
    [
      pipelineFile('cart', '  - { id: out, deploy: { environment: stagign, manifests: a } }\n'),
      "6:39 the server knows no environment 'stagign' (did you mean 'staging'?)",
    ],
    [
      pipelineFile('other', '  - { id: out, deploy: { environment: staging, manifests: a } }\n'),
      "6:39 pipeline 'other' may not deploy to 'staging' (add it to 'pipelines' of this environment in trunkline.yaml)",
    ],
    [
      pipelineFile('cart', '  - { id: p2, push: { image, registry: mian } }\n'),
      "6:40 the server knows no registry 'mian' (did you mean 'main'?)",
    ],
    [
      pipelineFile('cart', '  - { id: t, run: { image: a, commands: [x], network: bridg } }\n'),
      "6:55 the server does not allow the network 'bridg' (did you mean 'bridge'?)",
    ],
    [
      pipelineFile('cart', '  - { id: t, run: { image: a, commands: [x], secrets: { A: npm-tokne } } }\n'),
      "6:60 the server knows no secret 'npm-tokne' (did you mean 'npm-token'?)",
    ],
    [
      pipelineFile('cart', '  - { id: t, run: { image: a, commands: [x], secrets: { A: signing-ke } } }\n'),
      "6:60 the server knows no secret 'signing-ke' (known here: npm-token)",
    ],
    [
      pipelineFile('cart', '  - { id: t, run: { image: a, commands: [x], secrets: { A: signing-key } } }\n'),
      "6:60 pipeline 'cart' may not use the secret 'signing-key' (add it to 'pipelines' of this secret in trunkline.yaml)",
    ],
  ])('%#: is a problem at its place', async (text, expected) => {
    await using opened = await catalogueOf({ 'cart.yaml': text });

    const problems = opened.catalogue.problems();

    expect(
      problems.map(({ line, column, message, hint }) => `${line}:${column} ${message} (${hint})`),
    ).toEqual([expected]);
    expect(opened.catalogue.list()).toEqual([]);
  });
});

test('an environment that needs an approval takes no pipeline that asks for less', async () => {
  const production = '  - { id: live, deploy: { environment: production, manifests: a.yaml } }\n';
  const approve = (asked: string) => `  - { id: signoff, approve: { by: [release], ${asked} } }\n`;
  await using opened = await catalogueOf({
    'good.yaml': pipelineFile('good', approve('count: 2') + production),
    'less.yaml': pipelineFile('less', approve('count: 1') + production),
    'late.yaml': pipelineFile('late', production + approve('count: 2')),
  });

  const problems = opened.catalogue.problems();

  expect(namesOf(opened.catalogue)).toEqual(['good']);
  expect(problems.map(({ file, line, message }) => [file.split('/').at(-1), line, message])).toEqual([
    [
      'late.yaml',
      6,
      "'production' needs 2 approvals by release, and no approve step before 'live' asks for that",
    ],
    ['less.yaml', 7, "'production' needs 2 approvals by release, and 'signoff' before 'live' asks for 1"],
  ]);
  expect(problems[0]?.hint).toContain('{ id: sign-off, approve: { by: [release], count: 2 } }');
});
