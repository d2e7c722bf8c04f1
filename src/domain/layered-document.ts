import { memberOf } from './member.ts';
import type { Problem, ProblemReport } from './problem.ts';
import type { YamlDocument, YamlPath } from './yaml-document.ts';

/** A value, and where it stands. */
export interface Layer {
  document: YamlDocument;
  path: YamlPath;
  value: unknown;
}

/** A document some of whose steps are put together from several places: the first of their layers counts most. */
export class LayeredDocument implements YamlDocument {
  readonly value: unknown;
  readonly #base: YamlDocument;
  readonly #steps: ReadonlyMap<number, Layer[]>;

  constructor(base: YamlDocument, steps: ReadonlyMap<number, Layer[]>) {
    this.#base = base;
    this.#steps = steps;
    const written: unknown = memberOf(base.value, 'steps');
    const merged = (Array.isArray(written) ? written : []).map((step: unknown, index) => {
      const layers = steps.get(index)?.map(({ value }) => value);
      return layers === undefined ? step : layers.reduce(mergedOver);
    });
    this.value = Object.fromEntries([...Object.entries(base.value ?? {}), ['steps', merged]]);
  }

  problemAt(path: YamlPath, report: ProblemReport): Problem {
    const { layer, rest, told } = this.#find(path, report);
    return layer.document.problemAt([...layer.path, ...rest], told);
  }

  problemAtKey(path: YamlPath, report: ProblemReport): Problem {
    const { layer, rest, told } = this.#find(path, report);
    return layer.document.problemAtKey([...layer.path, ...rest], told);
  }

  writtenAt(path: YamlPath): string | null {
    const { layer, rest } = this.#find(path, { message: '' });
    return layer.document.writtenAt([...layer.path, ...rest]);
  }

  /** The layer that has most of the path; a problem in a template says whose step it is. */
  #find(path: YamlPath, report: ProblemReport): { layer: Layer; rest: YamlPath; told: ProblemReport } {
    const [first, index, ...rest] = path;
    const layers = first === 'steps' && typeof index === 'number' ? this.#steps.get(index) : undefined;
    const [own] = layers ?? [];
    if (layers === undefined || own === undefined)
      return { layer: { document: this.#base, path: [], value: this.#base.value }, rest: path, told: report };
    const depths = layers.map(({ value }) => depthIn(value, rest));
    const layer = layers[depths.indexOf(Math.max(...depths))] ?? own;
    if (layer === own) return { layer, rest, told: report };
    const { file, line } = own.document.problemAt(own.path, { message: '' });
    const user = `used by the step in ${file}, line ${line}`;
    return { layer, rest, told: { ...report, message: `${report.message} (${user})` } };
  }
}

/** How many parts of the path a value has. */
function depthIn(value: unknown, path: YamlPath): number {
  let at = value;
  for (const [depth, part] of path.entries()) {
    at = memberOf(at, part);
    if (at === undefined) return depth;
  }
  return path.length;
}

/** Keys with values are merged, key by key; anything else that stands above replaces what is below. */
function mergedOver(above: unknown, below: unknown): unknown {
  if (!isMap(above) || !isMap(below)) return above;
  const merged = new Map<string, unknown>(Object.entries(below));
  for (const [key, value] of Object.entries(above))
    merged.set(key, merged.has(key) ? mergedOver(value, merged.get(key)) : value);
  return Object.fromEntries(merged);
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
