import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sizeText } from '../../domain/size-text.ts';
import { type Artifact, answers } from '../answers.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { type CliContext, printJson, readAnswer, runPath } from '../context.ts';
import { oneLine } from '../safe-text.ts';
import { renderTable } from '../table.ts';

export interface ArtifactsOptions {
  output?: string;
  json?: boolean;
}

/** Lists the files that the steps of a run have left; with `output`, writes each to FOLDER/STEP/PATH. */
export async function artifacts(
  context: CliContext,
  reference: string,
  options: ArtifactsOptions,
): Promise<void> {
  const { api, terminal } = context;
  const path = `${runPath(reference)}/artifacts`;
  const answer = await api.get(path);
  const { items } = readAnswer(answers.artifacts, answer);
  const { output } = options;
  if (output !== undefined) for (const item of items) await download(context, path, { item, folder: output });
  if (options.json) return printJson(terminal, answer);
  if (items.length === 0) return terminal.note('No artifacts.\n');
  const columns = [
    { title: 'STEP', text: ({ step }: Artifact) => step },
    { title: 'SIZE', text: ({ bytes }: Artifact) => sizeText(bytes) },
    { title: 'FILE', text: (item: Artifact) => oneLine(item.path) },
  ];
  terminal.print(renderTable(items, { width: terminal.columns, columns }));
}

async function download(
  { api }: CliContext,
  path: string,
  { item, folder }: { item: Artifact; folder: string },
): Promise<void> {
  const parts = [item.step, ...item.path.split('/')];
  if (parts.some((part) => ['', '.', '..'].includes(part) || part.includes('\0')))
    throw new CliError(
      exitCodes.wrongUse,
      `The server names a file that cannot be written: ${oneLine(item.path)}`,
    );
  const target = join(folder, ...parts);
  const { signal } = new AbortController();
  const response = await api.open(`${path}/${encodeURIComponent(item.step)}`, {
    query: { path: item.path },
    headers: { accept: 'application/octet-stream' },
    signal,
  });
  try {
    await mkdir(dirname(target), { recursive: true });
    await pipeline(Readable.from(response.body ?? []), createWriteStream(target));
  } catch (cause) {
    throw new CliError(exitCodes.wrongUse, `Cannot write ${target}`, {
      cause,
      hint: 'Name a folder in which you may write, with -o.',
    });
  }
}
