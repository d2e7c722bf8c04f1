import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { pipelinesQuery } from '../api/queries.ts';
import type { Pipeline } from '../api/types.ts';
import { Foreign } from '../parts/foreign.tsx';
import { ProblemNotice, RowsComing } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { headline, Origin, RunLink } from '../parts/run-facts.tsx';
import { StatusBadge, statusOf, toneOf } from '../parts/status.tsx';
import { Strip } from '../parts/strip.tsx';
import { Ago, Duration } from '../parts/times.tsx';
import { BrokenFiles } from './broken-files.tsx';
import css from './overview-page.module.css';

const StartGuide = lazy(() => import('./start-guide.tsx').then((module) => ({ default: module.StartGuide })));

/** The pipelines with what became of them last; before there is one, the way to the first. */
export function OverviewPage() {
  const { t } = useTranslation();
  const pipelines = useQuery(pipelinesQuery);
  if (pipelines.isError) return <ProblemNotice error={pipelines.error} onRetry={() => pipelines.refetch()} />;
  if (pipelines.isPending) return <RowsComing rows={5} height={64} />;
  const { items, problems } = pipelines.data;
  if (items.length === 0 && problems.length === 0) {
    return (
      <Suspense fallback={<RowsComing />}>
        <StartGuide />
      </Suspense>
    );
  }
  return (
    <>
      <PageHead
        title={t('overview.title')}
        actions={
          <>
            <Link to="/lint">{t('lint.title')}</Link>
            <Link to="/start">{t('overview.another')}</Link>
          </>
        }
      >
        <Summary items={items} />
      </PageHead>
      <BrokenFiles problems={problems} />
      <ul className={css.list}>
        {items.map((pipeline) => (
          <PipelineRow key={pipeline.name} pipeline={pipeline} />
        ))}
      </ul>
    </>
  );
}

function Summary({ items }: { items: readonly Pipeline[] }) {
  const { t } = useTranslation();
  const tones = items.map(({ latestRun }) => (latestRun === null ? 'wait' : toneOf(statusOf(latestRun))));
  const count = (tone: string) => tones.filter((of) => of === tone).length;
  return (
    <p className={css.summary}>
      {t('overview.summary', { count: items.length, running: count('busy'), failing: count('bad') })}
    </p>
  );
}

function PipelineRow({ pipeline }: { pipeline: Pipeline }) {
  const { t } = useTranslation();
  const { name, latestRun } = pipeline;
  const place = [pipeline.repository, pipeline.path].filter(Boolean).join('/');
  return (
    <li className={css.row}>
      <div className={css.name}>
        <Link to="/pipelines/$name" params={{ name }}>
          {name}
        </Link>
        <span>{place}</span>
      </div>
      <Strip pipeline={name} runs={pipeline.recentRuns} />
      {latestRun === null ? (
        <p className={css.never}>{t('overview.neverRan')}</p>
      ) : (
        <>
          <div className={css.latest}>
            <StatusBadge status={statusOf(latestRun)} />
            <RunLink run={latestRun} />
            <span className={css.message}>
              <Foreign>{headline(latestRun.message)}</Foreign>
            </span>
          </div>
          <div className={css.origin}>
            <Origin run={latestRun} />
          </div>
          <div className={css.time}>
            <Duration from={latestRun.startedAt} to={latestRun.endedAt} />
            <Ago at={latestRun.createdAt} />
          </div>
        </>
      )}
    </li>
  );
}
