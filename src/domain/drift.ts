import type { JsonObject } from './json.ts';

/** A field that is not what was applied. */
export interface FieldDrift extends JsonObject {
  /** `spec.template.spec.containers[api].image` */
  path: string;
  /** What was applied, as short text; null: it was not there. */
  applied: string | null;
  /** null: it is gone. */
  live: string | null;
  /** Who changed it, as far as the cluster tells: `kubectl-edit`. */
  manager: string | null;
  /** ISO 8601, by the cluster's clock. */
  at: string | null;
}

/** An object that is not as it was applied. */
export interface ObjectDrift extends JsonObject {
  /** `deployment/cart` */
  object: string;
  /** `remade`: somebody deleted it and made another. `unread`: `note` says why. */
  state: 'changed' | 'gone' | 'remade' | 'unread';
  fields: FieldDrift[];
  note: string | null;
  /** The deployment that has applied it; null: unknown. */
  deployId: string | null;
}

/** One line an object, and a line a field below it where there are several. */
export function driftLines(drifts: readonly ObjectDrift[]): string[] {
  return drifts.flatMap((drift) => {
    const [only, ...more] = drift.fields;
    if (only !== undefined && more.length === 0 && drift.state === 'changed') return [driftStatement(drift)];
    return [driftStatement(drift), ...drift.fields.map((field) => `  ${fieldText(field)}`)];
  });
}

/** What differs in an object, in one line. */
export function driftStatement({ object, state, fields, note }: ObjectDrift): string {
  if (state === 'gone') return `${object} is gone: somebody has deleted it`;
  if (state === 'unread') return `${object} could not be compared: ${note ?? 'no reason given'}`;
  const [only, ...more] = fields;
  if (state === 'remade') return `${object} was deleted and made anew by somebody else`;
  if (only === undefined) return `${object} is as it was applied`;
  return more.length === 0
    ? `${object}: ${fieldText(only)}`
    : `${object}: ${fields.length} fields were changed by ${managersOf(fields)}`;
}

function managersOf(fields: readonly FieldDrift[]): string {
  return [...new Set(fields.map(({ manager }) => manager ?? 'somebody'))].join(', ');
}

function fieldText({ path, applied, live, manager, at }: FieldDrift): string {
  const what =
    live === null
      ? `${applied} was removed`
      : applied === null
        ? `${live} was added`
        : `${applied} -> ${live}`;
  return `${path}: ${what} by ${manager ?? 'somebody'}${at === null ? '' : ` at ${at}`}`;
}
