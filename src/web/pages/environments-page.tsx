import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { revisionLabel } from '../../domain/revision-label.ts';
import { environmentsQuery } from '../api/queries.ts';
import type { EnvironmentList } from '../api/types.ts';
import { imagesOf, shortImage, workloadOf } from '../parts/deployment-facts.tsx';
import { Frozen } from '../parts/frozen.tsx';
import { Empty, ProblemNotice, RowsComing } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { RunLink } from '../parts/run-facts.tsx';
import { Ago } from '../parts/times.tsx';
import css from './environments-page.module.css';

/** What runs where, at a glance. */
export function EnvironmentsPage() {
  const { t } = useTranslation();
  const environments = useQuery(environmentsQuery);
  return (
    <>
      <PageHead title={t('environments.title')} />
      {environments.isPending && <RowsComing rows={3} height={90} />}
      {environments.isError && (
        <ProblemNotice error={environments.error} onRetry={() => environments.refetch()} />
      )}
      {environments.data?.items.length === 0 && (
        <Empty title={t('environments.none')}>
          <p>{t('environments.noneHelp')}</p>
          <Link to="/start">{t('environments.how')}</Link>
        </Empty>
      )}
      <div className={css.grid}>
        {environments.data?.items.map((environment) => (
          <EnvironmentCard key={environment.name} environment={environment} />
        ))}
      </div>
    </>
  );
}

function EnvironmentCard({ environment }: { environment: EnvironmentList['items'][number] }) {
  const { t } = useTranslation();
  const { name, cluster, namespace, frozen, running } = environment;
  return (
    <section className={css.card} aria-label={name}>
      <h2>
        <Link to="/environments/$name" params={{ name }}>
          {name}
        </Link>
        <span>{[cluster, namespace].filter(Boolean).join(' · ')}</span>
      </h2>
      {frozen !== null && (
        <div className={css.frozen}>
          <Frozen frozen={frozen} />
        </div>
      )}
      {running.length === 0 ? (
        <p className={css.nothing}>{t('environments.nothing')}</p>
      ) : (
        <ul>
          {running.map((deployment) => (
            <li key={deployment.id}>
              <strong>{workloadOf(deployment)}</strong>
              <span>
                <code>{revisionLabel(deployment.revision)}</code> · <RunLink run={deployment} /> ·{' '}
                <Ago at={deployment.startedAt} />
              </span>
              {imagesOf(deployment).map(({ container, reference }) => (
                <code key={container} className={css.image} title={reference}>
                  {shortImage(reference)}
                </code>
              ))}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
