import { sizeText } from '../domain/size-text.ts';
import type { StepProgress } from './answers.ts';
import type { Terminal } from './terminal.ts';

/** `12.4 of 80.0 MB`, `2 of 3 pods`, `1,200 files`, `7 s left`; '' where nothing has been counted. */
export function amountText({ done, total, unit }: Pick<StepProgress, 'done' | 'total' | 'unit'>): string {
  if (unit === 'bytes') return sizeText(done, total);
  if (unit === 'seconds' && total !== null) return `${Math.max(0, total - done)} s left`;
  if (total === null && done === 0) return '';
  const count = done.toLocaleString('en');
  if (total === null && done === 1) return `1 ${unit.slice(0, -1)}`;
  return total === null ? `${count} ${unit}` : `${count} of ${total.toLocaleString('en')} ${unit}`;
}

/** The progress in one line: how much, then the step's own words; only these where they say how much already. */
export function standingText(progress: Pick<StepProgress, 'done' | 'total' | 'unit' | 'text'>): string {
  const { done, total, unit, text } = progress;
  const amount = amountText(progress);
  const isSaid = unit === 'seconds' || text.includes(total === null ? amount : `${done} of ${total}`);
  return isSaid ? text : `${amount}: ${text}`;
}

/** A bar of so many characters; '' where nobody knows how much there is. */
export function barText(
  { paint }: Terminal,
  { done, total }: Pick<StepProgress, 'done' | 'total'>,
  width: number,
): string {
  if (total === null || total <= 0 || width < 4) return '';
  const full = Math.round(width * Math.min(1, Math.max(0, done / total)));
  return paint('cyan', '█'.repeat(full)) + paint('dim', '░'.repeat(width - full));
}
