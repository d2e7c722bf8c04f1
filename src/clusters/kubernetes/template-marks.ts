import { type Document, isCollection, visit } from 'yaml';

/**
 * A template's mark that nobody has filled in, as `{{ .Values.image }}`: YAML reads it as a map whose key is a map.
 * Within a text it may be meant, as in a dashboard that a ConfigMap holds.
 */
export function templateIn(document: Document, text: string): string | undefined {
  let found: string | undefined;
  visit(document, {
    Pair(_index, { key }) {
      if (!isCollection(key)) return undefined;
      const [from = 0, to = 0] = key.range ?? [];
      found = `{${text.slice(from, to)}}`;
      return visit.BREAK;
    },
  });
  return found;
}
