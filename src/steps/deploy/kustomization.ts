import type { Json, JsonObject } from '../../domain/json.ts';

/** The names that kustomize looks for, in its order. */
export const kustomizationNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** What a kustomization reads: paths as they are written, relative to its folder. */
export interface References {
  /** A file, or the folder of another kustomization. */
  either: string[];
  files: string[];
}

/** They run programs, or read on in ways of their own. */
const plugins = [
  'generators',
  'transformers',
  'validators',
  'helmCharts',
  'helmChartInflationGenerator',
  'helmGlobals',
];

/** Everything that a kustomization reads, or why it is not rendered here. */
export function referencesOf(kustomization: JsonObject): References | { refusal: string } {
  const plugin = plugins.find((key) => valuesOf(kustomization, key).length > 0);
  if (plugin !== undefined) {
    return { refusal: `${plugin} are plugins, which are not run here: render them before, and commit that` };
  }
  const either = ['resources', 'bases', 'components'].flatMap((key) => textsIn(valuesOf(kustomization, key)));
  const files = [
    ...['crds', 'configurations'].flatMap((key) => textsIn(valuesOf(kustomization, key))),
    // A patch itself has several lines.
    ...textsIn(valuesOf(kustomization, 'patchesStrategicMerge')).filter((text) => !text.includes('\n')),
    ...['patches', 'patchesJson6902', 'replacements'].flatMap((key) =>
      objectsIn(valuesOf(kustomization, key)).flatMap((entry) => textsIn(valuesOf(entry, 'path'))),
    ),
    ...objectsIn(valuesOf(kustomization, 'openapi')).flatMap((entry) => textsIn(valuesOf(entry, 'path'))),
    ...['configMapGenerator', 'secretGenerator'].flatMap((key) =>
      objectsIn(valuesOf(kustomization, key)).flatMap(generatorFiles),
    ),
  ];
  const strange = [...either, ...files].find((text) => isRemote.test(text));
  if (strange !== undefined) {
    return { refusal: `${strange} is not part of the tree: only files and folders of the tree are read` };
  }
  return { either, files };
}

/** Whatever kustomize might take for an address; no file of a tree needs to be named like that. */
const isRemote = /[:?@\\]|github\.com|_git|\.git(\/|$)/i;

/** `settings.ini`, or `name=settings.ini`. */
function generatorFiles(generator: JsonObject): string[] {
  const named = textsIn(valuesOf(generator, 'files')).map((text) => text.slice(text.indexOf('=') + 1));
  return [...named, ...['envs', 'env'].flatMap((key) => textsIn(valuesOf(generator, key)))];
}

/** Kustomize takes `Resources` for `resources`. */
function valuesOf(object: JsonObject, key: string): Json[] {
  return Object.entries(object)
    .filter(([written]) => written.toLowerCase() === key.toLowerCase())
    .flatMap(([, value]) => value);
}

function textsIn(values: Json[]): string[] {
  return values.filter((item) => typeof item === 'string');
}

function objectsIn(values: Json[]): JsonObject[] {
  return values.filter(
    (item): item is JsonObject => typeof item === 'object' && item !== null && !Array.isArray(item),
  );
}
