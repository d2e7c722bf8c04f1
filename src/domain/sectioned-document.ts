import type { Problem, ProblemReport } from './problem.ts';
import type { YamlDocument, YamlPath } from './yaml-document.ts';

/** A document some of whose keys, with all below them, stand in another file, which the key `file` of this one names. */
export class SectionedDocument implements YamlDocument {
  readonly value: unknown;
  readonly #base: YamlDocument;
  readonly #other: YamlDocument;
  readonly #keys: readonly string[];

  constructor(base: YamlDocument, other: YamlDocument, keys: readonly string[]) {
    this.#base = base;
    this.#other = other;
    this.#keys = keys;
    const entries = Object.entries(base.value ?? {}).filter(([key]) => key !== 'file' && !keys.includes(key));
    const others = Object.entries(other.value ?? {}).filter(([key]) => keys.includes(key));
    this.value = Object.fromEntries([...entries, ...others]);
  }

  problemAt(path: YamlPath, report: ProblemReport): Problem {
    return this.#of(path).problemAt(path, report);
  }

  problemAtKey(path: YamlPath, report: ProblemReport): Problem {
    return this.#of(path).problemAtKey(path, report);
  }

  writtenAt(path: YamlPath): string | null {
    return this.#of(path).writtenAt(path);
  }

  #of([first]: YamlPath): YamlDocument {
    return this.#keys.includes(String(first)) ? this.#other : this.#base;
  }
}
