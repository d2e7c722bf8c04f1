import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

export interface Page {
  /** From the project's root. */
  path: string;
  text: string;
}

/** Every Markdown file of the project. */
export const pages: Page[] = globSync('**/*.md', {
  cwd: root,
  exclude: (path) => path.includes('node_modules') || path.startsWith('data'),
}).map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

/** Where the links and pictures of a page lead. */
export function linksOf({ text }: Page): string[] {
  const prose = text.replaceAll(fence, '').replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g), ...prose.matchAll(/(?:src|href)="([^"]+)"/g)].map(
    ([, target = '']) => target,
  );
}

/** What stands after `#` in links to a page: of its headings as GitHub makes them, and its own. */
export function anchorsOf({ text }: Page): string[] {
  const headings = [...text.replaceAll(fence, '').matchAll(/^#{1,6} +(.+)$/gm)].map(([, title = '']) =>
    title
      .replaceAll(/<[^>]*>/g, '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
  return [...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id)];
}

/** The blocks of one language, without the indentation of the list that they stand in. */
export function blocksOf({ text }: Page, language: string): string[] {
  return [...text.matchAll(fence)]
    .filter(({ groups }) => groups?.language === language)
    .map(({ groups }) => (groups?.body ?? '').replaceAll(new RegExp(`^${groups?.indent}`, 'gm'), ''));
}

/** Each line of code, in blocks, indented paragraphs and within sentences. */
export function codeLinesOf({ text }: Page): string[] {
  const blocks = [...text.matchAll(fence)].flatMap(({ groups }) => (groups?.body ?? '').split('\n'));
  const prose = text.replaceAll(fence, '');
  const spans = [...prose.matchAll(/`([^`\n]+(?:\n[^`\n]+)?)`/g)].map(([, code = '']) =>
    code.replace('\n', ' '),
  );
  const indented = [...prose.matchAll(/^ {4}(.+)$/gm)].map(([, code = '']) => code);
  return [...blocks, ...spans, ...indented];
}

const fence = /^(?<indent> *)```(?<language>\w*)\n(?<body>[\s\S]*?)^ *```$/gm;
