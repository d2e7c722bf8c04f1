import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { buildProgram } from '../../src/cli/program.ts';
import { loadServerConfig } from '../../src/config/load-server-config.ts';
import { serverConfigSchema } from '../../src/config/server-config-schema.ts';
import { lintFile } from '../../src/domain/lint-file.ts';
import { renderProblem } from '../../src/domain/problem.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { anchorsOf, blocksOf, codeLinesOf, linksOf, type Page, pages, root } from './markdown.ts';

test('there are pages to look at', () => {
  expect(pages.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['README.md', 'README.zh-CN.md', 'docs/operations.md', 'hooks/README.md']),
  );
});

test('every link within the project leads to a file, and its anchor to a heading', () => {
  const broken = pages.flatMap((page) =>
    linksOf(page)
      .filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(page, target))
      .map((target) => `${page.path}: ${target}`),
  );

  expect(broken).toEqual([]);
});

test('every npm script that a page names exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const named = usesOf(/\bnpm (?:run (?<script>[a-z:-]+)|(?<short>test|start)\b)/g);

  expect(named.length).toBeGreaterThan(5);
  expect(
    named.filter(({ groups }) => !((groups.script ?? groups.short ?? '') in scripts)).map(({ use }) => use),
  ).toEqual([]);
});

test('every command of trunkline that a page names exists, with its options', () => {
  const program = buildProgram({
    version: '0',
    environment: {},
    serve: never,
    worker: never,
    demo: never,
    local: { branchOf: async () => null },
  });
  const named = usesOf(/(?<![\w./-])trunkline (?<words>[a-z]+(?: [a-z]+)?)(?<rest>[^#|;&]*)/g);

  expect(named.length).toBeGreaterThan(15);
  expect(
    named.flatMap(({ use, groups }) => mistakesOf(program, groups).map((mistake) => `${use}: ${mistake}`)),
  ).toEqual([]);
});

test('every hook that a page names is there', () => {
  const named = usesOf(/\b(?<hook>(?:svn|git)-post-[a-z-]+)/g);

  expect(named.filter(({ groups }) => !existsSync(join(root, 'hooks', groups.hook ?? '')))).toEqual([]);
});

const blocks = pages.flatMap((page) => blocksOf(page, 'yaml').map((text) => ({ path: page.path, text })));

test.each(blocks)('YAML in $path is what the server reads: $text', async ({ path, text }) => {
  const value: Record<string, unknown> = parse(text);
  const isFragment = Object.keys(value).every((key) => fragments.includes(key));

  if (['steps', 'templates', 'file'].some((key) => key in value))
    expect(problemsOf(lintFile(text, path, shownIncludes))).toEqual([]);
  else if (Object.keys(value).some((key) => key in serverConfigSchema.shape))
    expect(problemsOf(await load(text))).toEqual([]);
  else expect(isFragment || 'apiVersion' in value).toBe(true);
});

/** What the pages include, they show as well. */
function shownIncludes({ file }: { file: string }): { name: string; text: string } {
  const shown = blocks.find(({ text }) => text.startsWith(`# pipelines/${file}\n`));
  return { name: file, text: shown?.text ?? 'templates: {}' };
}

/** Parts of a pipeline that are shown alone; `generated.test.ts` looks at them. */
const fragments = [
  'job',
  'trigger',
  'build',
  'push',
  'run',
  'deploy',
  'helm',
  'approve',
  'retry',
  'on',
  'concurrency',
  'when',
  'matrix',
  'lints',
];

interface Use {
  /** `README.md: npm run check` */
  use: string;
  groups: Record<string, string | undefined>;
}

function usesOf(pattern: RegExp): Use[] {
  return pages.flatMap((page) =>
    codeLinesOf(page).flatMap((line) =>
      [...line.matchAll(pattern)].map((match) => ({
        use: `${page.path}: ${match[0].trim()}`,
        groups: match.groups ?? {},
      })),
    ),
  );
}

function leadsSomewhere(page: Page, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page.path : join(page.path, '..', decodeURIComponent(path));
  if (!existsSync(join(root, file))) return false;
  if (anchor === undefined) return true;
  const there = pages.find((other) => other.path === file);
  return there !== undefined && anchorsOf(there).includes(decodeURIComponent(anchor));
}

function mistakesOf(program: Command, { words = '', rest = '' }: Use['groups']): string[] {
  const [first = '', second = ''] = words.split(' ');
  const command = program.commands.find((known) => known.name() === first);
  if (command === undefined) return [`there is no command ${first}`];
  const inner = command.commands.find((known) => known.name() === second) ?? command;
  const known = inner.options.flatMap(({ long, short }) => [long, short]);
  const options = [...rest.matchAll(/(?<=\s)--?[a-z][a-z-]*/g)].map(([option]) => option);
  return options
    .filter((option) => option !== '--help' && !known.includes(option))
    .map((option) => `there is no option ${option}`);
}

function problemsOf(read: object): string[] {
  if (!('problems' in read) || !Array.isArray(read.problems)) return [];
  return read.problems.map((problem) => renderProblem(problem, { color: false }));
}

/** Secrets and other files of the example are made up, so that the loader finds them. */
/** Good for whatever asks for one, an address too. */
const secret = 'https://a-secret.example.com';

async function load(text: string) {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'secret'), secret);
  const config = text.replaceAll(/(?<=[\s:])\/\w[\w./-]*/g, 'secret');
  await writeFile(join(folder.path, 'trunkline.yaml'), config);
  const variables = [...text.matchAll(/env: (\w+)/g)].map(([, name]) => [name, secret]);
  return await loadServerConfig({ flags: {}, environment: Object.fromEntries(variables), cwd: folder.path });
}

async function never(): Promise<void> {}
