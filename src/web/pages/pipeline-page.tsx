import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../api/client.ts';
import { pipelineQuery, pipelinesQuery, runsQuery } from '../api/queries.ts';
import type { PipelineDetail } from '../api/types.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Empty, ProblemNotice, RowsComing } from '../parts/notice.tsx';
import { PageHead, Section } from '../parts/page-head.tsx';
import { RunButton } from '../parts/run-dialog.tsx';
import { RunList } from '../parts/run-list.tsx';
import { SourceView } from '../parts/source-view.tsx';
import { StepLine } from '../parts/step-line.tsx';
import { Strip } from '../parts/strip.tsx';
import { Ago } from '../parts/times.tsx';
import { BrokenFiles } from './broken-files.tsx';
import css from './pipeline-page.module.css';

/** One pipeline: what it does, its file, its runs. A file that is broken or gone does not hide the runs. */
export function PipelinePage() {
  const { name } = useParams({ from: '/pipelines/$name' });
  const pipeline = useQuery(pipelineQuery(name));
  if (pipeline.isPending) return <RowsComing />;
  if (pipeline.isError) {
    const isUnknown = pipeline.error instanceof ApiProblem && pipeline.error.status === 404;
    if (!isUnknown) return <ProblemNotice error={pipeline.error} onRetry={() => pipeline.refetch()} />;
    return <WithoutFile name={name} error={pipeline.error} />;
  }
  return <WithFile pipeline={pipeline.data} />;
}

function WithFile({ pipeline }: { pipeline: PipelineDetail }) {
  const { t } = useTranslation();
  const { name, steps, stepsFile, source, file, recentRuns } = pipeline;
  return (
    <>
      <PageHead title={name} actions={<RunButton pipeline={pipeline} />}>
        <Origin pipeline={pipeline} />
      </PageHead>
      {recentRuns.length > 1 && <Strip pipeline={name} runs={recentRuns} />}
      <Section title={t('pipeline.steps')}>
        {stepsFile === null ? (
          <StepLine steps={steps} />
        ) : (
          <p className={css.origin}>{t('pipeline.stepsInRepository', { file: stepsFile })}</p>
        )}
      </Section>
      <div className={css.columns}>
        <Section
          title={t('pipeline.runs')}
          beside={
            <Link to="/runs" search={{ pipeline: name }}>
              {t('pipeline.allRuns')}
            </Link>
          }
        >
          <LastRuns pipeline={name} />
        </Section>
        <Section title={file} beside={<CopyButton text={source} what={file} />}>
          <div className={css.file}>
            <SourceView label={file} source={source} />
          </div>
        </Section>
      </div>
    </>
  );
}

function Origin({ pipeline }: { pipeline: PipelineDetail }) {
  const { repository, path, commit, mergeRequest, gitlabPipeline, branch, tag, schedule, upstream } =
    pipeline;
  const isOnRequest = [commit, mergeRequest, gitlabPipeline, branch, tag, schedule, upstream].every(
    (starter) => starter === null,
  );
  const { t } = useTranslation();
  return (
    <p className={css.origin}>
      <Link to="/repositories/$name" params={{ name: repository }}>
        {repository}
      </Link>
      {path !== '' && ` / ${path}`}
      {isOnRequest && ` · ${t('pipeline.onRequest')}`}
      {commit !== null &&
        ` · ${t('pipeline.onCommit', { branches: commit.branches.join(', '), paths: commit.paths.join(', ') })}`}
      {mergeRequest !== null &&
        ` · ${t('pipeline.onMergeRequest', { branches: mergeRequest.branches.join(', ') })}`}
      {gitlabPipeline !== null &&
        ` · ${t('pipeline.onGitlabPipeline', { branches: gitlabPipeline.branches.join(', '), status: gitlabPipeline.status.join(' / ') })}`}
      {branch !== null &&
        ` · ${t('pipeline.onBranch', { events: branch.events.map((event) => t(`pipeline.${event}`)).join(' / '), branches: branch.branches.join(', ') })}`}
      {tag !== null && ` · ${t('pipeline.onTag', { tags: tag.tags.join(', ') })}`}
      {schedule !== null && (
        <>
          {' · '}
          {t('pipeline.onSchedule', schedule)} {schedule.next !== null && <Ago at={schedule.next} />}
        </>
      )}
      {upstream !== null && (
        <>
          {' · '}
          {t(`pipeline.after.${upstream.on}`)}{' '}
          <Link to="/pipelines/$name" params={{ name: upstream.name }}>
            {upstream.name}
          </Link>
        </>
      )}
    </p>
  );
}

function LastRuns({ pipeline }: { pipeline: string }) {
  const { t } = useTranslation();
  const runs = useInfiniteQuery(runsQuery({ pipeline }));
  if (runs.isError) return <ProblemNotice error={runs.error} onRetry={() => runs.refetch()} />;
  if (runs.isPending) return <RowsComing />;
  const items = runs.data.pages[0]?.items.slice(0, 15) ?? [];
  return items.length === 0 ? <Empty title={t('overview.neverRan')} /> : <RunList runs={items} />;
}

function WithoutFile({ name, error }: { name: string; error: Error }) {
  const { t } = useTranslation();
  const pipelines = useQuery(pipelinesQuery);
  const problems = pipelines.data?.problems ?? [];
  return (
    <>
      <PageHead title={name} />
      {problems.length === 0 ? <ProblemNotice error={error} /> : <BrokenFiles problems={problems} />}
      <Section title={t('pipeline.runs')}>
        <LastRuns pipeline={name} />
      </Section>
    </>
  );
}
