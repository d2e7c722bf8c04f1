import { recordOf, textOf } from '../json-reading.ts';

/** What a value of a manifest lacks to be an object of the API: "the document ..." */
export function whyNoObject(value: unknown): string {
  if (Array.isArray(value))
    return 'is a list, not an object: take it apart with "---", or put it into a List';
  if (typeof value !== 'object' || value === null) return `is ${JSON.stringify(value)}, not an object`;
  const { apiVersion, kind, metadata } = recordOf(value);
  const { name, generateName } = recordOf(metadata);
  const lacking = [
    ...(typeof apiVersion === 'string' ? [] : ['apiVersion']),
    ...(typeof kind === 'string' ? [] : ['kind']),
    ...(typeof name === 'string' ? [] : ['metadata.name']),
  ];
  const known = [textOf(kind), textOf(name)].filter((text) => text !== '').join(' ');
  const which = known === '' ? '' : ` (${known})`;
  const wasNumber = typeof name === 'number' ? `: ${name} is a number, put it in quotes` : '';
  const generated =
    generateName === undefined ? '' : ': generateName would make another one at each deployment';
  return `lacks ${lacking.join(', ')}${which}${wasNumber || generated}`;
}
