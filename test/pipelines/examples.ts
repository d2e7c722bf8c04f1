import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from '../docs/markdown.ts';

export const examplesFolder = join(root, 'pipelines/examples');

/** The text of each example, by its name. */
export const examples: Record<string, string> = Object.fromEntries(
  globSync('*.yaml', { cwd: examplesFolder })
    .toSorted()
    .map((file) => [basename(file, '.yaml'), readFileSync(join(examplesFolder, file), 'utf8')]),
);
