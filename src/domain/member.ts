/** A member of a value whose kind nobody has checked yet; undefined where there is none. */
export function memberOf(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}

/** As `memberOf`, for a text; null where it is none. */
export function textAt(value: unknown, key: string): string | null {
  const member = memberOf(value, key);
  return typeof member === 'string' ? member : null;
}
