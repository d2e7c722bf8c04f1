import { type ExecFileException, execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ReadFile, readKustomization } from './kustomization-files.ts';

const longestMs = 60_000;
const mostBytes = 32 * 1024 * 1024;

/**
 * What `kubectl kustomize` makes of a folder of the tree. It gets a copy of the files that the kustomization names and
 * nothing else: no other file, no link, no plugin, no program to fetch something with.
 */
export async function renderKustomization(
  { tree, folder }: { tree: string; folder: string },
  signal: AbortSignal,
): Promise<{ path: string; text: string }[] | { refusal: string }> {
  const files = await readKustomization(tree, folder);
  if ('refusal' in files) return files;
  const place = await mkdtemp(join(tmpdir(), 'trunkline-kustomize-'));
  try {
    await copyTo(join(place, 'tree'), files);
    return await run({ place, folder }, signal);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** The shell's own word for it. */
const noSuchProgram = 127;

/** No git to clone with, none of our settings, and no way out. */
const script = `program=$(command -v kubectl) || exit ${noSuchProgram}
exec env -i PATH="$1" HOME="$1" HTTP_PROXY="$2" HTTPS_PROXY="$2" \\
  "$program" kustomize "$1/tree/$3"`;

async function copyTo(place: string, files: ReadFile[]): Promise<void> {
  for (const { path, bytes } of files) {
    await mkdir(dirname(join(place, path)), { recursive: true });
    await writeFile(join(place, path), bytes);
  }
}

async function run(
  { place, folder }: { place: string; folder: string },
  signal: AbortSignal,
): Promise<{ path: string; text: string }[] | { refusal: string }> {
  signal.throwIfAborted();
  const args = ['-c', script, 'sh', place, 'http://127.0.0.1:9', folder];
  const options = { cwd: place, timeout: longestMs, maxBuffer: mostBytes, signal } as const;
  const { error, stdout, stderr } = await new Promise<{
    error: ExecFileException | null;
    stdout: string;
    stderr: string;
  }>((resolve) =>
    execFile('/bin/sh', args, { ...options, killSignal: 'SIGKILL' }, (error, stdout, stderr) =>
      resolve({ error, stdout, stderr }),
    ),
  );
  signal.throwIfAborted();
  const path = `kustomize ${folder === '' ? '.' : folder}`;
  if (error?.code === noSuchProgram) {
    return { refusal: `${path} needs the program kubectl: install it on the PATH of every worker` };
  }
  if (error?.killed === true) return { refusal: `${path}: kubectl was not done after ${longestMs / 1000} s` };
  if (error === null) return [{ path, text: stdout }];
  const told = stderr.trim() === '' ? error.message : stderr.trim();
  return { refusal: `${path}: ${told.replaceAll(`${place}/tree`, '.').slice(0, 1000)}` };
}
