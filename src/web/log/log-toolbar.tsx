import { type KeyboardEvent, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run } from '../../http/schemas/run.ts';
import { apiPath } from '../api/client.ts';
import { Icon } from '../parts/icon.tsx';
import css from './log-toolbar.module.css';
import type { Log } from './use-log.ts';
import type { LogSearch } from './use-search.ts';

interface LogToolbarProps {
  run: Run;
  step: string | undefined;
  search: LogSearch;
  onMove(by: 1 | -1): void;
  onAllSteps(): void;
  follow: { isOn: boolean; begin(): void };
  stream: Log['stream'];
}

export function LogToolbar({ run, step, search, onMove, onAllSteps, follow, stream }: LogToolbarProps) {
  const { t } = useTranslation();
  const whole =
    apiPath`/runs/${run.id}/log` + (step === undefined ? '' : `?step=${encodeURIComponent(step)}`);
  return (
    <div className={css.bar} role="toolbar" aria-label={t('log.tools')}>
      <SearchField search={search} onMove={onMove} />
      <span className={css.space} />
      {stream === 'lost' && <span className={css.lost}>{t('log.lost')}</span>}
      {step !== undefined && (
        <button type="button" className={css.button} onClick={onAllSteps}>
          {t('log.allSteps')}
        </button>
      )}
      <a className={css.button} href={whole} download>
        {t('log.download')}
      </a>
      <button type="button" className={css.button} aria-pressed={follow.isOn} onClick={follow.begin}>
        <Icon name="follow" /> {t('log.follow')}
      </button>
    </div>
  );
}

function SearchField({ search, onMove }: Pick<LogToolbarProps, 'search' | 'onMove'>) {
  const { t } = useTranslation();
  const field = useRef<HTMLInputElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') onMove(event.shiftKey ? -1 : 1);
    if (event.key === 'Escape') search.setText('');
  };
  const isEmpty = search.hits.length === 0;
  return (
    <search className={css.search}>
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        placeholder={t('log.search')}
        aria-label={t('log.search')}
        value={search.text}
        onChange={(event) => search.setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {search.text !== '' && (
        <>
          <output className={css.count}>
            {isEmpty
              ? t(search.isAsking ? 'log.looking' : 'log.noHit')
              : t('log.hits', { at: search.at + 1, count: search.hits.length })}
          </output>
          <button
            type="button"
            disabled={isEmpty}
            aria-label={t('log.previousHit')}
            onClick={() => onMove(-1)}
          >
            <Icon name="up" />
          </button>
          <button type="button" disabled={isEmpty} aria-label={t('log.nextHit')} onClick={() => onMove(1)}>
            <Icon name="down" />
          </button>
        </>
      )}
    </search>
  );
}
