import { digestReferences } from '../../domain/digest-references.ts';
import type { JsonObject } from '../../domain/json.ts';
import { revisionLabel } from '../../domain/revision-label.ts';
import { type DeploymentRow, lastSucceeded } from '../../store/deployments.ts';
import type { Deployment } from './deployment.ts';

/** A state that was healthy, as objects that can be applied. */
export interface WayBack {
  /** `r33`, or what it is called where no record of it exists. */
  label: string;
  objects: JsonObject[];
  /** Since when it has been known as healthy; null: it ran before this deployment, and no record tells of it. */
  healthyAt: Date | null;
}

/**
 * What to go back to: for each workload the last deployment in our records that became healthy there, its whole set;
 * for a workload without one, the healthy state that was seen before anything was applied. Null: neither.
 */
export async function findWayBack({ deps, journal }: Deployment): Promise<WayBack | null> {
  const workloads = journal.workloads ?? [];
  const rows = await Promise.all(
    workloads.map(({ target }) => lastSucceeded(deps.db, target, journal.deployId)),
  );
  const records = rows.filter((row) => row !== undefined);
  const recorded = new Set(workloads.filter((_, index) => rows[index] !== undefined).map(({ name }) => name));
  // Without records the state before is the whole way back; with some, it fills in what they lack.
  const before = (journal.before ?? []).filter(
    (object) => records.length === 0 || !recorded.has(nameOf(object)),
  );
  const objects = withoutDoubles([...records.flatMap((row) => row.manifests), ...before]);
  if (!workloads.some(({ name }) => objects.some((object) => nameOf(object) === name))) return null;
  const times = records.flatMap(({ ended_at }) => ended_at ?? []);
  const healthyAt = times.toSorted((left, right) => left.getTime() - right.getTime())[0] ?? null;
  return { label: labelOf(records), objects, healthyAt };
}

function labelOf(records: DeploymentRow[]): string {
  if (records.length === 0) return 'the state before this deployment';
  return [...new Set(records.map(({ revision }) => revisionLabel(revision)))].join(' and ');
}

function withoutDoubles(objects: JsonObject[]): JsonObject[] {
  return [...new Map(objects.toReversed().map((object) => [nameOf(object), object])).values()].toReversed();
}

/** `deployment/cart` */
export function nameOf(object: JsonObject): string {
  const { name } = (object.metadata ?? {}) as { name?: string };
  return `${String(object.kind).toLowerCase()}/${name}`;
}

/**
 * An image of the set that its registry no longer has: nodes could not pull it. A registry that does not answer is no
 * reason not to go back, since nodes may still have the image.
 */
export async function findGoneImage(
  { deps, context }: Deployment,
  { objects }: Pick<WayBack, 'objects'>,
): Promise<string | undefined> {
  for (const reference of new Set(objects.flatMap(digestReferences))) {
    const exists = await deps.digestExists(reference).catch(() => {
      context.log.line(`whether the registry still has ${reference} is unknown: it does not answer`);
      return true;
    });
    if (!exists) return reference;
  }
  return undefined;
}
