import { revisionLabel } from '../domain/revision-label.ts';
import type { PromotionPreview } from './operation-answers.ts';
import { nameOf } from './run-text.ts';
import { oneLine } from './safe-text.ts';

/** What a promotion would deploy, then what differs: what it brings, and what is each environment's own. */
export function promotionText({ from, to, run, images, differences }: PromotionPreview): string {
  const both = differences.flatMap(({ object, fields }) => fields.map((field) => ({ object, ...field })));
  const lineOf = ({ object, path, from: there, to: here }: (typeof both)[number]) =>
    `${object}: ${path}: ${here ?? 'nothing'} -> ${there ?? 'nothing'}`;
  const ofOne = (which: string) =>
    differences.filter(({ only }) => only === which).map(({ object }) => object);
  return [
    `${from} -> ${to}: ${nameOf(run)} at ${revisionLabel(run.revision)}, without a build\n`,
    section(
      'would be deployed:',
      images.map(({ reference }) => reference),
    ),
    ...(differences.length === 0 ? [`${from} and ${to} run the same, field by field\n`] : []),
    section(`a promotion brings (${to} -> ${from}):`, both.filter(isImage).map(lineOf)),
    section(
      `differs, and is as the deploy step of ${to} says (${to} -> ${from}):`,
      both.filter((field) => !isImage(field)).map(lineOf),
    ),
    section(`only in ${from}:`, ofOne('from')),
    section(`only in ${to}:`, ofOne('to')),
  ].join('');
}

function isImage({ about }: { about: string }): boolean {
  return about === 'image';
}

function section(title: string, lines: string[]): string {
  return lines.length === 0 ? '' : [title, ...lines.map((line) => `  ${oneLine(line)}`), ''].join('\n');
}
