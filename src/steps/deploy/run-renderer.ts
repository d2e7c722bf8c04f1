import { type ExecFileException, execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A file of a tree. */
export interface ReadFile {
  /** Relative to the tree. */
  path: string;
  bytes: Buffer;
}

export interface Renderer {
  /** A program on the worker's PATH. */
  program: string;
  /** What is rendered, for messages. */
  label: string;
}

/** Runs the renderer once with these arguments and returns what it has printed. */
export type RunRenderer = (args: string[]) => Promise<string | { refusal: string }>;

const longestMs = 60_000;
const mostBytes = 32 * 1024 * 1024;

/**
 * Lets a program render a copy of these files, in a folder of its own: it gets no other file, no link, no settings of
 * ours, and no program to fetch something with.
 * @param work gets the folder that holds the copy
 */
export async function withRenderer<T>(
  { program, label, files }: Renderer & { files: ReadFile[] },
  work: (run: RunRenderer, tree: string) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const place = await mkdtemp(join(tmpdir(), `trunkline-${program}-`));
  const tree = join(place, 'tree');
  try {
    await mkdir(tree);
    for (const { path, bytes } of files) {
      await mkdir(dirname(join(tree, path)), { recursive: true });
      await writeFile(join(tree, path), bytes);
    }
    return await work((args) => run({ place, program, label, args }, signal), tree);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** The shell's own word for it. */
const noSuchProgram = 127;

/** No git to clone with, none of our settings, and no way out. */
const script = `program=$(command -v "$2") || exit ${noSuchProgram}
place=$1 proxy=$3
shift 3
exec env -i PATH="$place" HOME="$place" HTTP_PROXY="$proxy" HTTPS_PROXY="$proxy" "$program" "$@"`;

async function run(
  { place, program, label, args }: Renderer & { place: string; args: string[] },
  signal: AbortSignal,
): Promise<string | { refusal: string }> {
  signal.throwIfAborted();
  const words = ['-c', script, 'sh', place, program, 'http://127.0.0.1:9', ...args];
  const options = { cwd: place, timeout: longestMs, maxBuffer: mostBytes, signal } as const;
  const { error, stdout, stderr } = await new Promise<{
    error: ExecFileException | null;
    stdout: string;
    stderr: string;
  }>((resolve) =>
    execFile('/bin/sh', words, { ...options, killSignal: 'SIGKILL' }, (error, stdout, stderr) =>
      resolve({ error, stdout, stderr }),
    ),
  );
  signal.throwIfAborted();
  if (error?.code === noSuchProgram) {
    return { refusal: `${label} needs the program ${program}: install it on the PATH of every worker` };
  }
  if (error?.killed === true)
    return { refusal: `${label}: ${program} was not done after ${longestMs / 1000} s` };
  if (error === null) return stdout;
  const told = stderr.trim() === '' ? error.message : stderr.trim();
  return { refusal: `${label}: ${told.replaceAll(`${place}/tree`, '.').slice(0, 1000)}` };
}
