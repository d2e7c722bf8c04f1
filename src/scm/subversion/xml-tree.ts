import { Fault } from '../../domain/fault.ts';

/**
 * The text at a place of an XML tree as node-svn-ultimate gives it.
 * @throws Fault `internal` when there is none
 */
export function textAt(tree: unknown, ...names: string[]): string {
  const value = names.reduce(childOf, tree);
  if (typeof value === 'string') return value;
  throw new Fault('internal', `Reading svn's answer failed: it has no ${names.join('/')}`);
}

/** The elements of one name, whether there are none, one or many. */
export function elementsAt(tree: unknown, ...names: string[]): unknown[] {
  const value = names.reduce(childOf, tree);
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function childOf(tree: unknown, name: string): unknown {
  if (typeof tree !== 'object' || tree === null) return undefined;
  return Object.entries(tree).find(([key]) => key === name)?.[1];
}
