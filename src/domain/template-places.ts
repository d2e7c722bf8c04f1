import { memberOf } from './member.ts';
import type { YamlDocument, YamlPath } from './yaml-document.ts';

/** Where a file has templates: the group of its runs, and the texts of its steps. Of whatever stands there. */
export function templatePlaces(document: YamlDocument): YamlPath[] {
  const steps = keysOf(memberOf(document.value, 'steps')).map((index): YamlPath => ['steps', index]);
  const tables = [
    ['build', 'args'],
    ['run', 'env'],
    ['push', 'tags'],
    ['job', 'env'],
    ['trigger', 'parameters'],
  ];
  const ofSteps = steps.flatMap((step) => tables.map((table) => [...step, ...table]));
  const ofServices = servicesIn(document).map((service) => [...service, 'env']);
  const inTables = [...ofSteps, ...ofServices].flatMap((path) =>
    keysOf(valueAt(document, path)).map((key) => [...path, key]),
  );
  return [['concurrency', 'group'], ...inTables];
}

export function servicesIn(document: YamlDocument): YamlPath[] {
  return keysOf(memberOf(document.value, 'steps')).flatMap((index) => {
    const path = ['steps', index, 'run', 'services'];
    return keysOf(valueAt(document, path)).map((name) => [...path, name]);
  });
}

export function valueAt(document: YamlDocument, path: YamlPath): unknown {
  return path.reduce<unknown>(memberOf, document.value);
}

/** Of a list its indices, of anything else its names. */
export function keysOf(value: unknown): (string | number)[] {
  if (Array.isArray(value)) return value.map((_, index) => index);
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}
