import type { JsonObject } from '../../domain/json.ts';
import type { PlannedChange } from '../../domain/planned-change.ts';
import { fieldDifferences, shownValue } from '../field-differences.ts';
import { isNoise } from './drift/field-name.ts';
import { type KubeObject, nameOf } from './objects.ts';

/**
 * What a write changes: the live object beside what the server would make of it. Both have the server's defaults, so
 * only what differs by intent is told.
 */
export function plannedChange(live: KubeObject | null, result: KubeObject): PlannedChange {
  const object = nameOf(result);
  if (live === null) return { object, isNew: true, fields: [] };
  const isSecret = result.kind === 'Secret';
  const fields = fieldDifferences(comparable(live), comparable(result))
    .filter(({ path }) => !isNoise(path))
    .map(({ path, before, after }) => ({
      path,
      before: shownValue(before, isSecret),
      after: shownValue(after, isSecret),
    }));
  return { object, isNew: false, fields };
}

/** Without what the server and its controllers keep for themselves. */
function comparable({ metadata, status: _status, ...content }: KubeObject): JsonObject {
  const { labels = {}, annotations = {} } = metadata;
  return { metadata: { labels, annotations }, ...content };
}
