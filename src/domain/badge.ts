import type { ToldOutcome } from './notification.ts';

const looks = {
  succeeded: { text: 'passing', colour: '#2f9e44' },
  failed: { text: 'failing', colour: '#e03131' },
  'timed-out': { text: 'timed out', colour: '#e03131' },
  rejected: { text: 'rejected', colour: '#e8590c' },
  errored: { text: 'error', colour: '#e8590c' },
} satisfies Record<ToldOutcome, { text: string; colour: string }>;
const unknown = { text: 'unknown', colour: '#868e96' };

/** Of a letter of the badge, on average. */
const letterWidth = 6.5;
const margin = 12;

/**
 * An image of how the last run of a pipeline ended.
 * @param outcome null: of a pipeline that nobody may know of, that is not there, or that has not ended yet; always the same image
 */
export function badgeSvg(pipeline: string, outcome: ToldOutcome | null): string {
  const { text, colour } = outcome === null ? unknown : looks[outcome];
  const label = outcome === null ? 'build' : pipeline;
  const [left, right] = [label, text].map((part) => Math.round(part.length * letterWidth + margin));
  const width = (left ?? 0) + (right ?? 0);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" role="img" aria-label="${label}: ${text}">`,
    `<rect width="${left}" height="20" fill="#343a40"/><rect x="${left}" width="${right}" height="20" fill="${colour}"/>`,
    '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">',
    `<text x="6" y="14">${label}</text><text x="${(left ?? 0) + 6}" y="14">${text}</text></g></svg>\n`,
  ].join('');
}
