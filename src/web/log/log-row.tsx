import { useTranslation } from 'react-i18next';
import type { LogLine } from './log-lines.ts';
import { LogText } from './log-text.tsx';
import css from './log-view.module.css';

interface LogRowProps {
  line: LogLine;
  number: number;
  top: number;
  needle: string;
  /** The search is at this line. */
  isHit: boolean;
  /** The address names this line. */
  isLinked: boolean;
  /** Shown where a step begins to speak; null: the line before is of the same step. */
  stepLabel: string | null;
  onLink(number: number): void;
}

export function LogRow({ line, number, top, needle, isHit, isLinked, stepLabel, onLink }: LogRowProps) {
  const { t } = useTranslation();
  return (
    <div
      className={css.row}
      style={{ top }}
      data-is-hit={isHit || undefined}
      data-is-linked={isLinked || undefined}
      data-line={number}
    >
      <a
        href={`#L${number}`}
        className={css.number}
        aria-label={t('log.line', { number })}
        tabIndex={-1}
        onClick={(event) => {
          event.preventDefault();
          onLink(number);
        }}
      >
        {number}
      </a>
      <span className={css.text}>
        <LogText line={line} needle={needle} />
      </span>
      {stepLabel !== null && <span className={css.step}>{stepLabel}</span>}
    </div>
  );
}
