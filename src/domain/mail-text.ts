import { cutBytes } from './cut-bytes.ts';

/** Headers of more are folded in ways that not every program unfolds. */
const mostSubjectBytes = 200;

/** One mail of all these texts: its subject is the first line of the first. @param more what is said of so many others */
export function mailText({ texts, more }: { texts: readonly string[]; more: (count: number) => string }): {
  subject: string;
  text: string;
} {
  const first = texts[0]?.split('\n', 1)[0] ?? '';
  const rest = texts.length > 1 ? ` ${more(texts.length - 1)}` : '';
  const subject = cutBytes(first, mostSubjectBytes - Buffer.byteLength(rest)) + rest;
  return { subject, text: `${texts.join('\n\n')}\n` };
}
