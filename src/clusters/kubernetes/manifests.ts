import {
  type Document,
  type DocumentOptions,
  LineCounter,
  type ParseOptions,
  parseAllDocuments,
  type SchemaOptions,
  type Tags,
} from 'yaml';
import type { Json } from '../../domain/json.ts';
import type { Refusal } from '../cluster.ts';
import { recordOf } from '../json-reading.ts';
import { whyNoObject } from './no-object.ts';
import { isKubeObject, type KubeObject, nameOf } from './objects.ts';
import { templateIn } from './template-marks.ts';

interface ManifestFile {
  path: string;
  text: string;
}

/** An object, and where it stands, for people. */
interface Found {
  object: KubeObject;
  path: string;
}

/** Reads plain Kubernetes YAML, several documents a file, `List`s taken apart. */
export function readManifests(files: ManifestFile[]): KubeObject[] | Refusal {
  const objects: Found[] = [];
  for (const file of files) {
    const found = readFile(file);
    if ('refusal' in found) return found;
    objects.push(...found.map((object) => ({ object, path: file.path })));
  }
  return findDoubles(objects) ?? objects.map(({ object }) => object);
}

/**
 * Kubernetes reads YAML 1.1: `0644` is octal and `yes` is true there, which YAML 1.2 reads otherwise. Unlike
 * the full 1.1, Go's reader knows no times and no numbers to base 60, so `12:30` stays text.
 */
const yamlOptions: ParseOptions & DocumentOptions & SchemaOptions = {
  version: '1.1',
  customTags: (tags: Tags) => tags.filter((tag) => typeof tag === 'string' || !isTimeTag(tag)),
};

function isTimeTag(tag: { tag: string; format?: string }): boolean {
  return tag.tag === 'tag:yaml.org,2002:timestamp' || tag.format === 'TIME';
}

function readFile(file: ManifestFile): KubeObject[] | Refusal {
  const lineCounter = new LineCounter();
  const objects: KubeObject[] = [];
  for (const document of parseAllDocuments(file.text, { ...yamlOptions, lineCounter })) {
    const { line } = lineCounter.linePos(document.contents?.range?.[0] ?? 0);
    const found = readDocument(file, document, line);
    if ('refusal' in found) return found;
    objects.push(...found);
  }
  return objects;
}

function readDocument(file: ManifestFile, document: Document.Parsed, line: number): KubeObject[] | Refusal {
  const [error] = document.errors;
  if (error !== undefined) return unreadable(file, error.message);
  const where = `${file.path}, line ${line}`;
  const template = templateIn(document, file.text);
  if (template !== undefined) return { refusal: `${where}: ${nobodyFills(template)}` };
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  if (holdsItself(value)) return { refusal: `${where}: an anchor (&) holds itself: take that alias (*) out` };
  const items = value === null || value === undefined ? [] : itemsOf(value);
  const strange = items.findIndex((item) => !isKubeObject(item));
  if (strange < 0) return items.filter(isKubeObject);
  const what = isList(value) ? `item ${strange + 1} of the List` : 'the document';
  return { refusal: `${where}: ${what} ${whyNoObject(items[strange])}` };
}

/** `&all { more: *all }` has no end, and no JSON. */
function holdsItself(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return false;
  } catch {
    return true;
  }
}

/** The reader's message goes on with the lines around the mistake. */
function unreadable({ path, text }: ManifestFile, message: string): Refusal {
  const [first = '', ...around] = message.split('\n').filter((line) => line.trim() !== '');
  const line = Number(/ at line (\d+)/.exec(first)?.[1] ?? 0);
  const template = /\{\{.*?\}\}/.exec(text.split('\n')[line - 1] ?? '')?.[0];
  const hint = template === undefined ? '' : `; ${nobodyFills(template)}`;
  return { refusal: `${path}: ${first.replace(/:$/, '')}${hint}`, details: around };
}

function nobodyFills(template: string): string {
  return `${template} is a template, and manifests are applied as they are: deploy a chart with 'helm', a kustomization.yaml, or what a step before has rendered`;
}

function isList(value: unknown): boolean {
  const { kind, items } = recordOf(value);
  return kind === 'List' && Array.isArray(items);
}

function itemsOf(value: unknown): unknown[] {
  const { items } = recordOf(value);
  return isList(value) && Array.isArray(items) ? items.flatMap((item: Json) => itemsOf(item)) : [value];
}

function findDoubles(objects: Found[]): Refusal | undefined {
  const seen = new Map<string, string>();
  for (const { object, path } of objects) {
    const identity = `${object.apiVersion.split('/')[0]} ${nameOf(object)}`;
    const first = seen.get(identity);
    if (first !== undefined) {
      const where = first === path ? `both in ${path}` : `in ${first} and in ${path}`;
      return { refusal: `${nameOf(object)} is in the manifests twice: ${where}` };
    }
    seen.set(identity, path);
  }
  return undefined;
}
