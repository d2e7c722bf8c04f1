import { type Document, visit } from 'yaml';
import type { Problem } from './problem.ts';
import type { SourceText } from './yaml-source.ts';

/**
 * Texts without quotes that YAML ends at a ' #' which stands within a quote of the shell, as in `- echo "a # b"`: what is left
 * is a command that only the run would show to be broken.
 */
export function cutTexts(document: Document, text: string, source: SourceText): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Scalar(_key, { type, range }) {
      if (type !== 'PLAIN' || !range || !endsInQuote(text.slice(range[0], range[1]))) return;
      const gap = /^[ \t]+(?=#)/.exec(text.slice(range[1], range[1] + longestGap))?.[0];
      if (gap !== undefined) problems.push(source.problem(range[1] + gap.length, cutText));
    },
  });
  return problems;
}

const longestGap = 100;
const cutText = {
  message: "a '#' after a space begins a comment, and cuts the text off within a quote",
  hint: "put the whole text in quotes, or on a line of its own below '|'",
};

/** An apostrophe within a word opens nothing. */
function endsInQuote(written: string): boolean {
  return /(?:^|[\s=(])["']/.test(written.replaceAll(/"[^"]*"|'[^']*'/g, ''));
}
