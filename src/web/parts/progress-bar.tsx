import { useTranslation } from 'react-i18next';
import type { StepProgress } from '../../domain/step-progress.ts';
import css from './progress-bar.module.css';

/** How far a step has come, and how much there is. */
export function ProgressBar({ progress, isSmall = false }: { progress: StepProgress; isSmall?: boolean }) {
  const { t, i18n } = useTranslation();
  const { phase, done, total, unit } = progress;
  const part = total === null || total === 0 ? null : Math.min(1, done / total);
  const amount = amountText({ done, total, unit }, i18n.language);
  const words = `${t(`phase.${phase}`)} ${amount}`;
  return (
    <span className={css.bar} data-is-small={isSmall || undefined}>
      <span className={css.words}>{words}</span>
      <span
        className={css.rail}
        role="progressbar"
        aria-label={t(`phase.${phase}`)}
        aria-valuetext={words}
        aria-valuemin={0}
        aria-valuemax={100}
        {...(part !== null && { 'aria-valuenow': Math.round(part * 100) })}
      >
        <span
          className={part === null ? css.unknown : css.done}
          style={{ width: `${(part ?? 0.3) * 100}%` }}
        />
      </span>
    </span>
  );
}

/** `3/7`, `1.2/4.8 MB`; what is not known is left out. */
function amountText(
  { done, total, unit }: Pick<StepProgress, 'done' | 'total' | 'unit'>,
  language: string,
): string {
  if (unit !== 'bytes') return total === null ? (done > 0 ? String(done) : '') : `${done}/${total}`;
  const megabytes = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const text = (bytes: number) => megabytes.format(bytes / 1e6);
  return total === null ? `${text(done)} MB` : `${text(done)}/${text(total)} MB`;
}
