import type { Json, JsonObject } from '../../../domain/json.ts';
import { recordOf } from '../../json-reading.ts';
import { stepOf } from '../field-path.ts';
import { annotationsOfOurs } from '../stamp.ts';

/** `spec.template.spec.containers[api].image`, for the keys of `fieldsV1` that lead there. */
export function fieldName(entries: readonly string[]): string {
  return entries.reduce((path, entry) => {
    const step = stepOf(entry);
    if (step === undefined) return path;
    if (typeof step !== 'string') return `${path}[${keyText(step.key)}]`;
    if (/[./]/.test(step)) return `${path}[${step}]`;
    return path === '' ? step : `${path}.${step}`;
  }, '');
}

function keyText(key: JsonObject): string {
  const values = Object.values(key).map(String);
  return Object.keys(key).length === 1 ? values.join('') : values.join('/');
}

/** Whether entries of `fieldsV1` go further down than this one. */
export function hasFields(owned: Json | undefined): boolean {
  return Object.keys(recordOf(owned)).some((entry) => stepOf(entry) !== undefined);
}

/** Annotations that say who wrote an object, and nothing about what it is. */
const keptByTools =
  /\[(kubectl|deployment)\.kubernetes\.io\/|\[deprecated\.daemonset\.template\.generation\]/;

/** Whether a difference there is nobody's change. */
export function isNoise(path: string): boolean {
  return keptByTools.test(path) || annotationsOfOurs.some((annotation) => path.endsWith(`[${annotation}]`));
}
