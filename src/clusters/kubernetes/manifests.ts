import {
  type DocumentOptions,
  type ParseOptions,
  parseAllDocuments,
  type SchemaOptions,
  type Tags,
} from 'yaml';
import type { Json } from '../../domain/json.ts';
import type { Refusal } from '../cluster.ts';
import { recordOf } from '../json-reading.ts';
import { isKubeObject, type KubeObject, nameOf } from './objects.ts';

/** Reads plain Kubernetes YAML, several documents a file, `List`s taken apart. */
export function readManifests(files: { path: string; text: string }[]): KubeObject[] | Refusal {
  const objects: KubeObject[] = [];
  for (const file of files) {
    const found = readFile(file);
    if ('refusal' in found) return found;
    objects.push(...found);
  }
  return findDoubles(objects) ?? objects;
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

function readFile({ path, text }: { path: string; text: string }): KubeObject[] | Refusal {
  const objects: KubeObject[] = [];
  for (const document of parseAllDocuments(text, yamlOptions)) {
    const [error] = document.errors;
    if (error !== undefined) return { refusal: `${path}: ${error.message}` };
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    if (value === null || value === undefined) continue;
    for (const item of itemsOf(value)) {
      if (!isKubeObject(item)) {
        return { refusal: `${path}: a document lacks apiVersion, kind or metadata.name` };
      }
      objects.push(item);
    }
  }
  return objects;
}

function itemsOf(value: unknown): unknown[] {
  const { kind, items } = recordOf(value);
  return kind === 'List' && Array.isArray(items) ? items.flatMap((item: Json) => itemsOf(item)) : [value];
}

function findDoubles(objects: KubeObject[]): Refusal | undefined {
  const seen = new Set<string>();
  for (const object of objects) {
    const identity = `${object.apiVersion.split('/')[0]} ${nameOf(object)}`;
    if (seen.has(identity)) return { refusal: `${nameOf(object)} is in the manifests twice` };
    seen.add(identity);
  }
  return undefined;
}
