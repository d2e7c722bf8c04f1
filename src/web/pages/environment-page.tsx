import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { revisionLabel } from '../../domain/revision-label.ts';
import { environmentQuery } from '../api/queries.ts';
import type { Deployment, EnvironmentDetail, EnvironmentWorkload } from '../api/types.ts';
import { CauseLine } from '../parts/cause-facts.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { imagesOf, shortImage, workloadOf, worstOf } from '../parts/deployment-facts.tsx';
import { Drift } from '../parts/drift.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { Frozen } from '../parts/frozen.tsx';
import { Empty, ProblemNotice, RowsComing } from '../parts/notice.tsx';
import { PageHead, Section } from '../parts/page-head.tsx';
import { RunLink } from '../parts/run-facts.tsx';
import { StatusBadge, StatusIcon, statusOf } from '../parts/status.tsx';
import { Ago, Duration } from '../parts/times.tsx';
import { EnvironmentChanges } from './environment-changes.tsx';
import css from './environment-page.module.css';
import { PromoteButton } from './promote-dialog.tsx';
import { RollBackButton } from './roll-back-dialog.tsx';

/** What runs in one environment since when and from where, what ran before, and the way back. */
export function EnvironmentPage() {
  const { t } = useTranslation();
  const { name } = useParams({ from: '/environments/$name' });
  const environment = useInfiniteQuery(environmentQuery(name));
  if (environment.isPending) return <RowsComing />;
  if (environment.isError) {
    return <ProblemNotice error={environment.error} onRetry={() => environment.refetch()} />;
  }
  const [first] = environment.data.pages;
  const history = environment.data.pages.flatMap((page) => page.history);
  if (first === undefined) return null;
  return (
    <>
      <PageHead title={name}>
        <p className={css.facts}>{factsOf(first, t)}</p>
        <Frozen frozen={first.frozen} />
        <Drift drift={first.drift} />
      </PageHead>
      <Section title={t('environment.running')}>
        {first.workloads.length === 0 ? (
          <Empty title={t('environments.nothing')} />
        ) : (
          <ul className={css.running}>
            {first.workloads.map((workload) => (
              <Workload key={workload.target} workload={workload} history={history} />
            ))}
          </ul>
        )}
      </Section>
      {history.length > 0 && (
        <Section title={t('environment.history')}>
          <History history={history} running={first.running} />
          {environment.hasNextPage && (
            <Button variant="default" mt="md" onClick={() => environment.fetchNextPage()}>
              {t('runs.older')}
            </Button>
          )}
        </Section>
      )}
    </>
  );
}

type Translate = ReturnType<typeof useTranslation>['t'];

function factsOf({ cluster, namespace, pipelines, requireDigests }: EnvironmentDetail, t: Translate): string {
  return [
    cluster,
    namespace,
    pipelines === null ? t('environment.allPipelines') : pipelines.join(', '),
    requireDigests ? t('environment.digests') : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

function Workload({ workload, history }: { workload: EnvironmentWorkload; history: readonly Deployment[] }) {
  const { t } = useTranslation();
  const { name, target, current, deploying, failedSince, changes } = workload;
  const earlier = history.find(
    (of) =>
      of.target === target &&
      of.outcome === 'succeeded' &&
      current !== null &&
      of.startedAt < current.startedAt,
  );
  return (
    <li>
      <div className={css.workload}>
        <strong>{name}</strong>
        {current !== null && (
          <span>
            {t('environment.since')} <Ago at={current.endedAt ?? current.startedAt} />
          </span>
        )}
      </div>
      {current === null ? (
        <p className={css.image}>{t('environments.nothing')}</p>
      ) : (
        <Current deployment={current} />
      )}
      <div className={css.act}>
        {deploying === null ? (
          <>
            {current !== null && <PromoteButton running={current} />}
            {current !== null && earlier !== undefined && <RollBackButton from={current} to={earlier} />}
          </>
        ) : (
          <RollingOut deployment={deploying} />
        )}
      </div>
      {changes !== null && <EnvironmentChanges changes={changes} />}
      {failedSince !== null && (
        <p className={css.failed}>
          <StatusIcon status={failedSince.outcome ?? 'failed'} size={14} />{' '}
          {revisionLabel(failedSince.revision)} <RunLink run={failedSince} />{' '}
          <CauseLine cause={worstOf(failedSince)} text={failedSince.cause} />
        </p>
      )}
    </li>
  );
}

function Current({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation();
  return (
    <div className={css.from}>
      <span>
        <code>{revisionLabel(deployment.revision)}</code> (<Foreign>{deployment.branch}</Foreign>) ·{' '}
        <RunLink run={deployment} />
      </span>
      {imagesOf(deployment).map(({ container, reference }) => (
        <span key={container} className={css.image}>
          <code title={reference}>{shortImage(reference)}</code>
          <CopyButton text={reference} what={t('images.reference')} />
        </span>
      ))}
    </div>
  );
}

function RollingOut({ deployment: { pipeline, number } }: { deployment: Deployment }) {
  return (
    <Link to="/runs/$reference" params={{ reference: `${pipeline}:${number}` }}>
      <StatusBadge status="active" />
    </Link>
  );
}

function History({ history, running }: { history: readonly Deployment[]; running: readonly Deployment[] }) {
  return (
    <ul className={css.history}>
      {history.map((deployment) => {
        const current = running.find(({ target }) => target === deployment.target);
        const canReturn =
          deployment.outcome === 'succeeded' && current !== undefined && current.id !== deployment.id;
        return (
          <li key={deployment.id}>
            <StatusBadge status={statusOf(deployment)} />
            <span className={css.what}>
              <strong>{workloadOf(deployment)}</strong> <code>{revisionLabel(deployment.revision)}</code>{' '}
              <RunLink run={deployment} />
              {deployment.cause !== null && (
                <span className={css.cause}>
                  <CauseLine cause={worstOf(deployment)} text={deployment.cause} />
                </span>
              )}
            </span>
            <span className={css.time}>
              <Ago at={deployment.startedAt} /> ·{' '}
              <Duration from={deployment.startedAt} to={deployment.endedAt} />
            </span>
            <span>{canReturn && <RollBackButton from={current} to={deployment} isSmall />}</span>
          </li>
        );
      })}
    </ul>
  );
}
