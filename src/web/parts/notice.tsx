import { Button, Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../api/client.ts';
import { Icon } from './icon.tsx';
import css from './notice.module.css';

/** What could not be done, and what to do next. The server's words are English in every language. */
export function ProblemNotice({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const { t } = useTranslation();
  const hint = error instanceof ApiProblem ? error.hint : undefined;
  const isAway = error instanceof ApiProblem && error.status === 0;
  return (
    <div className={css.notice} data-tone="bad" role="alert">
      <Icon name="alert" size={18} />
      <div>
        {isAway ? (
          <p className={css.head}>{t('notice.noAnswer')}</p>
        ) : (
          <p className={css.head} lang="en">
            {error.message}
          </p>
        )}
        {hint !== undefined && <p lang="en">{hint}</p>}
        {onRetry !== undefined && (
          <Button variant="default" size="xs" mt="xs" onClick={onRetry}>
            {t('notice.again')}
          </Button>
        )}
      </div>
    </div>
  );
}

/** What is amiss and needs somebody, though nothing was asked for. */
export function Trouble({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={css.notice} data-tone="bad" role="alert">
      <Icon name="alert" size={18} />
      <div>
        <p className={css.head}>{title}</p>
        {children}
      </div>
    </div>
  );
}

/** Where something will be, and is not yet: says what would bring it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={css.empty}>
      <svg width="120" height="40" viewBox="0 0 120 40" aria-hidden="true">
        <path d="M4 20h112" className={css.rail} />
        <circle cx="24" cy="20" r="6" className={css.station} />
        <circle cx="60" cy="20" r="6" className={css.station} />
        <circle cx="96" cy="20" r="6" className={css.station} />
      </svg>
      <p className={css.head}>{title}</p>
      {children}
    </div>
  );
}

/** The place of rows that are on their way. */
export function RowsComing({ rows = 4, height = 44 }: { rows?: number; height?: number }) {
  const { t } = useTranslation();
  return (
    <div className={css.coming} role="status" aria-label={t('notice.coming')}>
      {Array.from({ length: rows }, (_, row) => row).map((row) => (
        <Skeleton key={row} height={height} radius="sm" />
      ))}
    </div>
  );
}
