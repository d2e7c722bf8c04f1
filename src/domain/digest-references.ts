import type { Json } from './json.ts';

/** Every `image: ...@sha256:...` in an object, wherever it is. */
export function digestReferences(value: Json): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(digestReferences);
  const own = typeof value.image === 'string' && value.image.includes('@sha256:') ? [value.image] : [];
  return [...own, ...Object.values(value).flatMap(digestReferences)];
}
