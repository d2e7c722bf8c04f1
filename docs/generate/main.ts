import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generatedFiles } from './generated-files.ts';

const root = join(import.meta.dirname, '../..');

for (const [path, text] of Object.entries(generatedFiles())) {
  const file = join(root, path);
  const isNew = (await readFile(file, 'utf8').catch(() => null)) !== text;
  if (isNew) await writeFile(file, text);
  process.stdout.write(`${path} ${isNew ? 'written' : 'is up to date'}\n`);
}
