import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { serverFolder } from '../../store/backup/backup-format.ts';
import type { BackedUpFile } from '../../store/backup/write-backup.ts';

/** More than this is nothing that a server reads. */
const largest = 4 * 2 ** 20;

/**
 * What a server is told by files: its config, which names secrets and holds none, and its pipelines. Where one of them is
 * missing, so it is in the backup.
 */
export async function filesOfServer(where: {
  configFile: string;
  pipelines: string;
}): Promise<BackedUpFile[]> {
  const names = await readdir(where.pipelines, { recursive: true }).catch(() => []);
  const wanted = [
    { name: basename(where.configFile), path: where.configFile },
    ...names
      .toSorted()
      .filter((name) => /\.(ya?ml|json)$/.test(name))
      .map((name) => ({ name: join('pipelines', name), path: join(where.pipelines, name) })),
  ];
  const files: BackedUpFile[] = [];
  for (const { name, path } of wanted) {
    const seen = await stat(path).catch(() => undefined);
    if (seen?.isFile() !== true || seen.size > largest) continue;
    files.push({ name: `${serverFolder}${name}`, content: await readFile(path) });
  }
  return files;
}
