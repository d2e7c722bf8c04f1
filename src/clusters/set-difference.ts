import type { Json, JsonObject } from '../domain/json.ts';
import { fieldDifferences, shownValue } from './field-differences.ts';
import { at, listOf, recordOf, textOf } from './json-reading.ts';

/** How an object of one environment's set differs from the same object in another one's. */
export interface ObjectDifference {
  /** `deployment/cart`; what is named by its content is called as in the manifests. */
  object: string;
  /** It is in one of the two only; null: in both. */
  only: 'from' | 'to' | null;
  fields: FieldOfBoth[];
}

export interface FieldOfBoth {
  /** `spec.template.spec.containers[api].image` */
  path: string;
  /** What a promotion brings is `image`; all else is each environment's own. */
  about: 'image' | 'replicas' | 'environment' | 'configuration' | 'other';
  /** As short text; null: it is not there. */
  from: string | null;
  to: string | null;
}

/** Two stored sets of the same pipeline, object by object; what is the same in both is left out. */
export function setDifferences(from: readonly JsonObject[], to: readonly JsonObject[]): ObjectDifference[] {
  const [there, here] = [byName(from), byName(to)];
  const names = [...new Set([...there.keys(), ...here.keys()])];
  return names.flatMap((object): ObjectDifference[] => {
    const [one, other] = [there.get(object), here.get(object)];
    if (one === undefined || other === undefined) {
      return [{ object, only: other === undefined ? 'from' : 'to', fields: [] }];
    }
    const fields = fieldsOf(one, other);
    return fields.length === 0 ? [] : [{ object, only: null, fields }];
  });
}

function fieldsOf(from: JsonObject, to: JsonObject): FieldOfBoth[] {
  const isPartly = isImageChange(from) !== isImageChange(to);
  const [one, other] = isPartly ? [imagesOf(from), imagesOf(to)] : [comparable(from), comparable(to)];
  const isSecret = from.kind === 'Secret';
  return fieldDifferences(one, other)
    .filter(({ path }) => !marks.test(path))
    .map(({ path, before, after }) => ({
      path,
      about: aboutOf(path, textOf(from.kind)),
      from: shownValue(before, isSecret),
      to: shownValue(after, isSecret),
    }));
}

/** What says who wrote an object, and nothing about what it is. */
const marks = /\[(trunkline[./][\w-]+|kubernetes\.io\/change-cause|com\.docker\.stack\.namespace)\]$/;

function aboutOf(path: string, kind: string): FieldOfBoth['about'] {
  if (/(^|\.|\])image$|^spec\.TaskTemplate\.ContainerSpec\.Image$/.test(path)) return 'image';
  if (/^spec\.replicas$|^spec\.Mode\./.test(path)) return 'replicas';
  if (/\.env(From)?([[.]|$)|\.ContainerSpec\.Env(\.|$)/.test(path)) return 'environment';
  if (kind === 'ConfigMap' || kind === 'Secret') return 'configuration';
  return 'other';
}

function byName(set: readonly JsonObject[]): Map<string, JsonObject> {
  const inManifests = new Map(set.map((object) => [nameIn(object), baseNameOf(object)]));
  const renamed = set.map((object) => recordOf(withNames(object, inManifests)));
  return new Map(
    renamed.map((object, index) => [
      `${textOf(object.kind).toLowerCase()}/${baseNameOf(set[index] ?? object)}`,
      object,
    ]),
  );
}

function nameIn(object: JsonObject): string {
  return textOf(at(object, 'metadata', 'name'));
}

/** Without what makes the name of one environment or of one content of it. */
function baseNameOf(object: JsonObject): string {
  const name = nameIn(object);
  const stack = textOf(at(object, 'spec', 'Labels', 'com.docker.stack.namespace'));
  if (stack !== '' && name.startsWith(`${stack}_`)) return name.slice(stack.length + 1);
  return textOf(at(object, 'metadata', 'annotations', 'trunkline/content-of')) || name;
}

/** With whatever is called by the name of an object of the set called as in the manifests. */
function withNames(value: Json, names: ReadonlyMap<string, string>): Json {
  if (typeof value === 'string') return names.get(value) ?? value;
  if (Array.isArray(value)) return value.map((item) => withNames(item, names));
  if (typeof value !== 'object' || value === null) return value;
  const parts = Object.entries(recordOf(value)).map(([key, item]) => [key, withNames(item, names)]);
  return Object.fromEntries(parts);
}

/** Only some images of somebody else's workload: nothing is known of its other fields. */
function isImageChange({ kind, spec }: JsonObject): boolean {
  if (kind === 'Service' && spec === null) return true;
  return at(spec, 'template') !== undefined && at(spec, 'selector') === undefined && kind !== 'Job';
}

function imagesOf(object: JsonObject): JsonObject {
  const podSpec = recordOf(at(object, 'spec', 'template', 'spec'));
  const containers = [...listOf(podSpec.initContainers), ...listOf(podSpec.containers)];
  const named = containers.map(({ name, image }) => [textOf(name), { image: image ?? null }]);
  return { ...Object.fromEntries(named), ...(object.image !== undefined && { image: object.image }) };
}

function comparable(object: JsonObject): JsonObject {
  const { kind: _kind, status: _status, metadata, image, deployId: _id, spec, ...content } = object;
  const { labels = {}, annotations = {} } = recordOf(metadata);
  const compared = spec === null ? { image: image ?? null } : { spec: withVariables(recordOf(spec)) };
  return { metadata: { labels, annotations }, ...content, ...(spec !== undefined && compared) };
}

/** What a swarm has as a list of `NAME=value`, by names. */
function withVariables(spec: JsonObject): JsonObject {
  const template = recordOf(spec.TaskTemplate);
  const container = recordOf(template.ContainerSpec);
  if (!Array.isArray(container.Env)) return spec;
  const pairs = container.Env.map(textOf).map((text) => {
    const [name = '', ...value] = text.split('=');
    return [name, value.join('=')];
  });
  const ContainerSpec = { ...container, Env: Object.fromEntries(pairs) };
  return { ...spec, TaskTemplate: { ...template, ContainerSpec } };
}
