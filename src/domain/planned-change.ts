import type { JsonObject } from './json.ts';

/** What a deployment would make of one object. */
export interface PlannedChange extends JsonObject {
  /** `deployment/cart` */
  object: string;
  isNew: boolean;
  fields: PlannedField[];
}

export interface PlannedField extends JsonObject {
  /** `spec.template.spec.containers[api].image` */
  path: string;
  /** As short text; null: it is not there yet. */
  before: string | null;
  /** null: it is taken out. */
  after: string | null;
}

/** More is not read by anybody; all of it is in the cluster afterwards. */
const mostFields = 20;

/** For people: what is new, then what differs field by field. */
export function changeLines(changes: readonly PlannedChange[]): string[] {
  const differing = changes.filter(({ isNew, fields }) => isNew || fields.length > 0);
  if (differing.length === 0) return ['nothing changes: all is there as it is wanted'];
  return ['what changes:', ...differing.flatMap(linesOf).map((line) => `  ${line}`)];
}

function linesOf({ object, isNew, fields }: PlannedChange): string[] {
  if (isNew) return [`${object} is new`];
  const more = fields.length - mostFields;
  return [
    ...fields.slice(0, mostFields).map((field) => `${object}: ${fieldText(field)}`),
    ...(more > 0 ? [`${object}: and ${more} fields more`] : []),
  ];
}

function fieldText({ path, before, after }: PlannedField): string {
  if (before === null) return `${path}: ${after} is added`;
  return after === null ? `${path}: ${before} is taken out` : `${path}: ${before} -> ${after}`;
}
