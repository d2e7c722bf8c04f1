import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type IncludeWish, includeKey } from '../domain/include.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import { type ParsedPipeline, parsePipeline } from '../domain/pipeline-file.ts';
import { orderProblem, triggerProblems } from '../domain/pipeline-order.ts';
import { type Problem, withFurtherProblems } from '../domain/problem.ts';
import { maxYamlBytes } from '../domain/yaml-document.ts';
import { type AwaitedPipeline, awaitedPipeline } from './awaited-pipelines.ts';
import { checkApprovals } from './check-approvals.ts';
import { checkPipeline } from './check-pipeline.ts';
import { codeOf } from './config-reading.ts';
import { createFragmentReader, type FragmentReader, type PinnedFiles, stampOf } from './fragment-reader.ts';
import type { ServerConfig } from './server-config.ts';

export interface CatalogueEntry {
  name: string;
  /** Absolute path. */
  file: string;
  /** The file's text. */
  source: string;
  pipeline: Pipeline;
}

/** The pipeline files of the server, as they are at each call; a file with problems is left out and hurts no other. */
export interface PipelineCatalogue {
  list(): readonly CatalogueEntry[];
  get(name: string): CatalogueEntry | undefined;
  problems(): readonly Problem[];
  /** Those that cannot be known yet: what they include is in a repository that has not answered. */
  awaited(): readonly AwaitedPipeline[];
  /** A file of the folder by its name, also one that cannot be used; undefined when there is none. */
  file(name: string): PipelineFile | undefined;
}

export interface PipelineFile {
  /** The file's text; empty when it is too large to be read. */
  source: string;
  problems: readonly Problem[];
}

/**
 * Watches `*.yaml` and `*.yml` of a folder by a look at each file's stat at every call; only changed files are read again.
 * A folder that does not exist is an empty catalogue.
 * @param pinned gives what pipeline files include from repositories; null: they cannot
 */
export function openCatalogue(
  folder: string,
  config: ServerConfig,
  pinned: PinnedFiles | null = null,
): PipelineCatalogue {
  let files = new Map<string, ReadFile>();
  let last: Snapshot | undefined;
  const fragments = createFragmentReader(folder, pinned);
  const current = (): Snapshot => {
    const { found, problems } = readFolder({ folder, config, fragments }, files);
    const isSame = problems.length === 0 && areSame(found, files);
    files = found;
    const snapshot = (isSame ? last : undefined) ?? combine(found, problems);
    last = problems.length === 0 ? snapshot : undefined;
    return snapshot;
  };
  return {
    list: () => [...current().entries.values()],
    get: (name) => current().entries.get(name),
    problems: () => current().problems,
    awaited() {
      current();
      return [...files.values()].flatMap(({ entry, awaited }) => (entry === null ? (awaited ?? []) : []));
    },
    file(name) {
      const { problems } = current();
      const known = [...files.values()].flatMap((file) => [
        { path: file.path, source: file.source },
        ...file.included,
      ]);
      const found = known.find(({ path }) => basename(path) === name);
      return found && { source: found.source, problems: problems.filter(({ file }) => file === found.path) };
    },
  };
}

interface ReadFile {
  path: string;
  /** Changes whenever the file's content may have. */
  stamp: string;
  source: string;
  entry: CatalogueEntry | null;
  problems: Problem[];
  /** null: it is no pipeline. */
  parsed: ParsedPipeline | null;
  /** What it includes, as far as that can be read; a change of it changes the pipeline. */
  included: { path: string; source: string }[];
  includes: { wish: IncludeWish; stamp: string }[];
  /** null: the file says all by itself, or what is missing will not come. */
  awaited: AwaitedPipeline | null;
}

interface Reading {
  folder: string;
  config: ServerConfig;
  fragments: FragmentReader;
}

interface Snapshot {
  entries: Map<string, CatalogueEntry>;
  problems: Problem[];
}

function readFolder(
  reading: Reading,
  known: Map<string, ReadFile>,
): { found: Map<string, ReadFile>; problems: Problem[] } {
  const found = new Map<string, ReadFile>();
  const problems: Problem[] = [];
  const { folder } = reading;
  for (const path of attempt(folder, () => pipelineFiles(folder), problems) ?? []) {
    const file = attempt(path, () => readAgain(path, reading, known.get(path)), problems);
    if (file != null) found.set(path, file);
  }
  return { found, problems };
}

function pipelineFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('.'))
    .toSorted()
    .map((name) => join(folder, name));
}

/** What is gone is simply not there; anything else that keeps us from reading is a problem of that file or folder. */
function attempt<T>(path: string, read: () => T, problems: Problem[]): T | undefined {
  try {
    return read();
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'ENOENT')
      problems.push({ file: path, line: 1, column: 1, message: `cannot be read (${code})` });
    return undefined;
  }
}

function readAgain(path: string, reading: Reading, known: ReadFile | undefined): ReadFile | null {
  const stat = statSync(path, { bigint: true });
  if (!stat.isFile()) return null;
  const stamp = stampOf(stat);
  const isSame = ({ wish, stamp: earlier }: ReadFile['includes'][number]) =>
    reading.fragments.stampOf(wish) === earlier;
  if (known?.stamp === stamp && known.includes.every(isSame)) return known;
  const isReadable = stat.size <= maxYamlBytes;
  const file = { path, stamp, ...(isReadable ? understand(path, reading) : tooLarge(path)) };
  // While what it includes is not there, the pipeline stays what it was: no commit is lost meanwhile.
  const isIncomplete = file.entry === null && file.includes.length > file.included.length;
  return isIncomplete && known !== undefined ? { ...file, entry: known.entry, parsed: known.parsed } : file;
}

type Understanding = Omit<ReadFile, 'path' | 'stamp'>;

function understand(path: string, { config, fragments }: Reading): Understanding {
  const source = readFileSync(path, 'utf8');
  const includes = new Map<string, ReadFile['includes'][number]>();
  const included: ReadFile['included'] = [];
  let isForNow = false;
  const parsed = parsePipeline(source, path, (wish) => {
    includes.set(includeKey(wish), { wish, stamp: fragments.stampOf(wish) });
    const answer = fragments.read(wish);
    if ('text' in answer) included.push({ path: answer.name, source: answer.text });
    else isForNow ||= answer.isForNow === true;
    return answer;
  });
  const awaited = isForNow ? awaitedPipeline(parsed.document?.value) : null;
  const read = { source, included, includes: [...includes.values()], awaited };
  const names = parsed.document === null ? [] : checkPipeline(parsed.document, config);
  if ('problems' in parsed) {
    const problems = withFurtherProblems(parsed.problems, names);
    return { ...read, entry: null, problems, parsed: null };
  }
  const { pipeline } = parsed;
  const problems = withFurtherProblems(names, checkApprovals(parsed, config));
  const entry = problems.length > 0 ? null : { name: pipeline.name, file: path, source, pipeline };
  return { ...read, entry, problems, parsed };
}

function tooLarge(path: string): Understanding {
  const message = `the file is larger than ${maxYamlBytes / 1024} KiB`;
  const problems = [{ file: path, line: 1, column: 1, message }];
  return { source: '', entry: null, problems, parsed: null, included: [], includes: [], awaited: null };
}

/** A file that has changed is read into another object. */
function areSame(found: ReadonlyMap<string, ReadFile>, known: ReadonlyMap<string, ReadFile>): boolean {
  return found.size === known.size && [...found].every(([path, file]) => known.get(path) === file);
}

/** Of two files with one pipeline name the first by file name counts. */
function combine(files: Map<string, ReadFile>, folderProblems: Problem[]): Snapshot {
  const entries = new Map<string, CatalogueEntry>();
  const problems = [...folderProblems];
  const all = [...files.values()];
  const parsed = all.flatMap((file) => file.parsed ?? []);
  const known = new Map(parsed.toReversed().map((one) => [one.pipeline.name, one]));
  const isComplete = folderProblems.length === 0 && parsed.length === all.length;
  for (const { entry, parsed: own, problems: ownProblems } of all) {
    problems.push(...ownProblems);
    if (entry === null || own === null) continue;
    const problem = nameProblem(own, entries.get(entry.name)) ?? orderProblem(own, known, isComplete);
    const found = problem === null ? triggerProblems(own, known, isComplete) : [problem];
    if (found.length === 0) entries.set(entry.name, entry);
    else problems.push(...found);
  }
  return { entries, problems };
}

function nameProblem({ document }: ParsedPipeline, first: CatalogueEntry | undefined): Problem | null {
  if (first === undefined) return null;
  const message = `pipeline '${first.name}' is defined in ${first.file} already`;
  return document.problemAt(['name'], { message });
}
