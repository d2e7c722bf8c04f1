import type { z } from 'zod';
import {
  type IncludeAnswer,
  type IncludedFile,
  type IncludeWish,
  includedFile,
  includeKey,
  type PinnedPlace,
  type ReadInclude,
} from './include.ts';
import { includeEntrySchema } from './include-schema.ts';
import { memberOf } from './member.ts';
import { fragmentFileSchema, templatePartsSchema } from './pipeline-schema.ts';
import type { Problem, ProblemReport } from './problem.ts';
import { checkSchema } from './schema-problems.ts';
import { keysOf } from './template-places.ts';
import { normalTreePath } from './tree-path.ts';
import { readYaml, type YamlDocument, type YamlPath } from './yaml-document.ts';

export const maxIncludeDepth = 5;
export const maxIncludedFiles = 20;
const maxIncludedBytes = 1024 * 1024;

/** Where a template stands. */
export interface Template {
  document: YamlDocument;
  path: YamlPath;
  value: unknown;
}

export interface ResolvedIncludes {
  /** The file's own, and those of all that it includes. */
  templates: Map<string, Template>;
  files: IncludedFile[];
  problems: Problem[];
  /** Whether it is known what is included; else the schema tells what is wrong. */
  isKnown: boolean;
}

/** Reads what a file includes, and what that includes; what cannot be used is a problem, and the rest is there. */
export function resolveIncludes(document: YamlDocument, read: ReadInclude): ResolvedIncludes {
  const resolver = new Resolver(read);
  resolver.addTemplates(document);
  resolver.follow(document, { chain: [], at: null });
  const { templates, files, problems, isKnown } = resolver;
  return { templates, files: [...files.values()], problems, isKnown };
}

interface Position {
  /** Keys of the files that lead here, the outermost first. */
  chain: string[];
  /** Where a file without a repository is looked for. */
  at: PinnedPlace | null;
}

interface WrittenInclude {
  document: YamlDocument;
  path: YamlPath;
  wish: IncludeWish;
  sha256: string | undefined;
}

class Resolver {
  readonly templates = new Map<string, Template>();
  readonly files = new Map<string, IncludedFile>();
  readonly problems: Problem[] = [];
  isKnown = true;
  readonly #read: ReadInclude;
  readonly #asked = new Set<string>();
  #bytes = 0;

  constructor(read: ReadInclude) {
    this.#read = read;
  }

  addTemplates(document: YamlDocument): void {
    const templates = memberOf(document.value, 'templates');
    if (Array.isArray(templates)) return;
    for (const name of keysOf(templates).map(String)) {
      const path = ['templates', name];
      const known = this.templates.get(name);
      if (known === undefined) this.templates.set(name, { document, path, value: memberOf(templates, name) });
      else {
        const first = known.document.problemAtKey(known.path, { message: '' });
        const message = `there are two templates '${name}'`;
        const hint = `the other is in ${first.file}, line ${first.line}: rename one of them`;
        this.problems.push(document.problemAtKey(path, { message, hint }));
      }
    }
  }

  follow(document: YamlDocument, position: Position): void {
    const written = memberOf(document.value, 'include');
    if (written !== undefined && !Array.isArray(written)) this.isKnown = false;
    if (!Array.isArray(written)) return;
    for (const [index, entry] of written.slice(0, maxIncludedFiles + 1).entries()) {
      // What is wrong with the entry itself, the schema tells.
      const { data } = includeEntrySchema.safeParse(entry);
      if (data === undefined) this.isKnown = false;
      if (data === undefined) continue;
      const wish = wishOf(data, position.at);
      this.#include({ document, path: ['include', index, 'file'], wish, sha256: data.sha256 }, position);
    }
  }

  #include(include: WrittenInclude, { chain }: Position): void {
    const { wish } = include;
    const key = includeKey(wish);
    const refusal = this.#refusal(key, chain);
    if (refusal !== null) this.#tell(include, refusal);
    else if (!this.#asked.has(key)) {
      this.#asked.add(key);
      const answer = this.#read(wish);
      if ('problem' in answer) this.#tell(include, unreadable(key, answer));
      else if (this.#isTaken(include, answer.text))
        this.#readFragment(answer, { chain: [...chain, key], at: wish.at });
    }
  }

  /** Whether it is small enough, and what was pinned; then it is one of the files. */
  #isTaken(include: WrittenInclude, text: string): boolean {
    const { wish, sha256, document, path } = include;
    const key = includeKey(wish);
    const file = includedFile(wish, text);
    this.#bytes += Buffer.byteLength(text);
    if (this.#bytes > maxIncludedBytes) {
      this.#tell(include, { message: 'all included files together are larger than 1 MiB' });
      return false;
    }
    if (sha256 !== undefined && sha256 !== file.sha256) {
      const message = `${key} is not the file that was pinned: its SHA-256 sum is ${file.sha256}`;
      const hint = 'look at what has changed in it, then write the new sum';
      this.problems.push(document.problemAt([...path.slice(0, -1), 'sha256'], { message, hint }));
      return false;
    }
    this.files.set(key, file);
    return true;
  }

  #readFragment({ name, text }: { name: string; text: string }, position: Position): void {
    const yaml = readYaml(text, { fileName: name, showSource: true });
    const [fragment, mistakes] = 'problems' in yaml ? [yaml.document, yaml.problems] : [yaml, []];
    this.problems.push(...mistakes);
    if (fragment === null) return;
    this.problems.push(...fragmentProblems(fragment));
    this.addTemplates(fragment);
    this.follow(fragment, position);
  }

  #refusal(key: string, chain: string[]): ProblemReport | null {
    const from = chain.indexOf(key);
    if (from >= 0) {
      const ring = [...chain.slice(from), key].join(' -> ');
      return { message: `files include each other in a ring: ${ring}`, hint: 'remove one of these includes' };
    }
    if (chain.length >= maxIncludeDepth)
      return { message: `included files include others more than ${maxIncludeDepth} levels deep` };
    if (this.#asked.size >= maxIncludedFiles && !this.#asked.has(key))
      return { message: `more than ${maxIncludedFiles} files are included` };
    return null;
  }

  #tell({ document, path }: WrittenInclude, report: ProblemReport): void {
    this.problems.push(document.problemAt(path, report));
  }
}

/** What is wrong with a file that holds nothing but templates. */
function fragmentProblems(document: YamlDocument): Problem[] {
  const checked = checkSchema({ document, schema: fragmentFileSchema, laterKeys: [] });
  return 'problems' in checked ? checked.problems : [];
}

/** What stands in the templates themselves; what they leave out, the steps have that extend them. */
export function partProblems(document: YamlDocument): Problem[] {
  const checked = checkSchema({ document, schema: templatePartsSchema, laterKeys: [], isPartial: true });
  return 'problems' in checked ? checked.problems : [];
}

function unreadable(
  key: string,
  { problem, hint }: Extract<IncludeAnswer, { problem: string }>,
): ProblemReport {
  return { message: `${key} cannot be included: ${problem}`, hint };
}

function wishOf(entry: z.output<typeof includeEntrySchema>, at: PinnedPlace | null): IncludeWish {
  const { file, repository, revision } = entry;
  const isElsewhere = repository !== undefined && revision !== undefined;
  return { file: normalTreePath(file), at: isElsewhere ? { repository, revision: String(revision) } : at };
}

/** What is wrong with a file of templates, and with what it includes. */
export function checkTemplates(document: YamlDocument, read: ReadInclude): ResolvedIncludes {
  const resolved = resolveIncludes(document, read);
  const problems = [...fragmentProblems(document), ...partProblems(document), ...resolved.problems];
  return { ...resolved, problems };
}
