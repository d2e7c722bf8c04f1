import { patternMistake } from '../domain/path-filter.ts';

/** Whether a text is a pattern as pipelines have them, one that takes in. */
export function parsesAsPattern(text: string): boolean {
  return patternMistake(text) === null && !text.startsWith('!');
}
