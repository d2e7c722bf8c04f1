import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Run } from '../../http/schemas/run.ts';
import { Foreign } from '../parts/foreign.tsx';
import { Icon } from '../parts/icon.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Origin, Trigger } from '../parts/run-facts.tsx';
import { StatusBadge, statusOf } from '../parts/status.tsx';
import { Ago, Duration } from '../parts/times.tsx';
import { RunActions } from './run-actions.tsx';
import css from './run-head.module.css';

/** What one wants to know of a run first, and what one can do with it. */
export function RunHead({ run }: { run: Run }) {
  const { t } = useTranslation();
  return (
    <>
      <nav className={css.trail} aria-label={t('run.trail')}>
        <Link to="/pipelines">{t('frame.pipelines')}</Link>
        <Icon name="right" size={11} />
        <Link to="/pipelines/$name" params={{ name: run.pipeline }}>
          {run.pipeline}
        </Link>
      </nav>
      <PageHead
        title={`${run.pipeline} #${run.number}`}
        beside={<StatusBadge status={statusOf(run)} size="large" />}
        actions={<RunActions run={run} />}
      >
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <p className={css.message} tabIndex={0}>
          <Foreign>{run.message}</Foreign>
        </p>
        <p className={css.facts}>
          <Origin run={run} />
          <span>
            <Trigger run={run} />
          </span>
          <span>
            <Ago at={run.createdAt} />
          </span>
          {run.startedAt !== null && (
            <span className={css.clock}>
              <Icon name="clock" /> <Duration from={run.startedAt} to={run.endedAt} />
            </span>
          )}
        </p>
        {run.cancel !== null && run.state !== 'ended' && (
          <p className={css.cancelling}>{t('run.cancelling', { by: run.cancel.by })}</p>
        )}
        {run.state === 'queued' && run.reason !== null && <p lang="en">{run.reason}</p>}
      </PageHead>
    </>
  );
}
