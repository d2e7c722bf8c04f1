import type { JsonObject } from '../../domain/json.ts';
import { at, listOf, recordOf, textOf } from '../json-reading.ts';

/** Whether a node is one of those that a selector of nodes means: one of its terms must hold as a whole. */
export function isSelectedNode(selector: unknown, node: JsonObject): boolean {
  const terms = listOf(at(selector, 'nodeSelectorTerms'));
  const labels = recordOf(at(node, 'metadata', 'labels'));
  const fields = { 'metadata.name': textOf(at(node, 'metadata', 'name')) };
  return terms.some(
    (term) =>
      listOf(term.matchExpressions).every((one) => holds(one, labels)) &&
      listOf(term.matchFields).every((one) => holds(one, fields)),
  );
}

/** Whether a label selector means these labels. */
export function isSelected(selector: unknown, labels: JsonObject): boolean {
  const { matchLabels, matchExpressions } = recordOf(selector);
  return (
    Object.entries(recordOf(matchLabels)).every(([key, value]) => labels[key] === value) &&
    listOf(matchExpressions).every((one) => holds(one, labels))
  );
}

/** A selector in words: `zone in (a, b), gpu exists`. */
export function selectorText(expressions: readonly JsonObject[]): string {
  return expressions
    .map(({ key, operator, values }) => {
      const list = Array.isArray(values) && values.length > 0 ? ` (${values.join(', ')})` : '';
      return `${textOf(key)} ${operatorWords[textOf(operator)] ?? textOf(operator)}${list}`;
    })
    .join(', ');
}

const operatorWords: Record<string, string> = {
  In: 'in',
  NotIn: 'not in',
  Exists: 'exists',
  DoesNotExist: 'does not exist',
  Gt: 'above',
  Lt: 'below',
};

function holds({ key, operator, values }: JsonObject, labels: JsonObject): boolean {
  const value = labels[textOf(key)];
  const list = Array.isArray(values) ? values : [];
  const number = Number(value);
  switch (operator) {
    case 'In':
      return value !== undefined && list.includes(value);
    case 'NotIn':
      return value === undefined || !list.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return number > Number(list[0]);
    case 'Lt':
      return number < Number(list[0]);
    default:
      return true;
  }
}
