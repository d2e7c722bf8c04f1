import type { JsonObject } from './json.ts';

/** One object that a deployment has applied, as the cluster knows it: one made anew under its name has another uid. */
export interface AppliedObject extends JsonObject {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  /** Of configuration that is named by its content: what the manifests call it. */
  contentOf?: string;
}

/** What an earlier deployment of the same step has applied. */
export interface EarlierSet {
  deployId: string;
  isHealthy: boolean;
  objects: AppliedObject[];
}

/** An object by its name alone. */
export interface NamedObject extends JsonObject {
  apiVersion: string;
  kind: string;
  name: string;
}

type Named = Pick<AppliedObject, 'apiVersion' | 'kind' | 'name'>;

/** What earlier deployments have applied and the new set no longer has; each object once. */
export function leftoversOf(earlier: readonly EarlierSet[], wanted: readonly Named[]): AppliedObject[] {
  return goneFrom(earlier, wanted).filter(({ contentOf }) => contentOf === undefined);
}

/** Configuration named by its content that no version which is kept needs any more. */
export function outdatedContentOf(
  earlier: readonly EarlierSet[],
  kept: readonly (readonly Named[])[],
): AppliedObject[] {
  return goneFrom(earlier, kept.flat()).filter(({ contentOf }) => contentOf !== undefined);
}

function goneFrom(earlier: readonly EarlierSet[], wanted: readonly Named[]): AppliedObject[] {
  const kept = new Set(wanted.map(identityOf));
  const gone = earlier.flatMap(({ objects }) => objects).filter((object) => !kept.has(identityOf(object)));
  return [...new Map(gone.map((object) => [object.uid, object])).values()];
}

/** The version is not part of it: `apps/v1beta1` and `apps/v1` show the same object. */
function identityOf({ apiVersion, kind, name }: Named): string {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  return `${group} ${kind} ${name}`;
}

/**
 * Why so much is not deleted; null: it may be. A pattern that suddenly matches little, or an overlay that lost its
 * resources, looks just like a wish to delete.
 * @param earlier newest first
 */
export function pruneRefusal(set: {
  earlier: readonly EarlierSet[];
  wanted: readonly Named[];
  /** Names of what would be deleted. */
  doomed: readonly string[];
  mayShrink: boolean;
}): string | null {
  const { earlier, wanted, doomed, mayShrink } = set;
  if (doomed.length === 0) return null;
  if (wanted.length === 0) return 'the new set is empty: nothing is pruned for that';
  const last = earlier.find(({ isHealthy }) => isHealthy) ?? earlier[0];
  const size = last?.objects.length ?? 0;
  if (mayShrink || doomed.length * 2 <= size) return null;
  const what = `${doomed.length} of what was deployed (the last set has ${size} objects): ${doomed.join(', ')}`;
  return `prune would delete ${what}; where that is meant, write prune: { may-shrink: true }`;
}
