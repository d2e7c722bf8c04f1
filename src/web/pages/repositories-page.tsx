import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { repositoriesQuery } from '../api/queries.ts';
import { Empty, ProblemNotice, RowsComing } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { RepositoryState } from '../parts/repository-state.tsx';
import { Ago } from '../parts/times.tsx';
import css from './repositories-page.module.css';

/** The repositories that are watched, and whether that goes well. */
export function RepositoriesPage() {
  const { t } = useTranslation();
  const repositories = useQuery(repositoriesQuery);
  return (
    <>
      <PageHead title={t('repositories.title')} />
      {repositories.isPending && <RowsComing rows={3} height={64} />}
      {repositories.isError && (
        <ProblemNotice error={repositories.error} onRetry={() => repositories.refetch()} />
      )}
      {repositories.data?.items.length === 0 && (
        <Empty title={t('repositories.none')}>
          <Link to="/start">{t('environments.how')}</Link>
        </Empty>
      )}
      <ul className={css.list}>
        {repositories.data?.items.map((repository) => (
          <li key={repository.name}>
            <div className={css.name}>
              <Link to="/repositories/$name" params={{ name: repository.name }}>
                {repository.name}
              </Link>
              <RepositoryState state={repository.state} />
            </div>
            <code>{repository.url}</code>
            <span className={css.facts}>
              {repository.lastHookAt === null ? (
                t('repository.noHook')
              ) : (
                <>
                  {t('repository.lastHook')} <Ago at={repository.lastHookAt} />
                </>
              )}
              {repository.polledAt !== null && (
                <>
                  {' · '}
                  {t('repository.polled')} <Ago at={repository.polledAt} />
                </>
              )}
              {repository.behind ? ` · ${t('repository.behind', { count: repository.behind })}` : ''}
            </span>
            {repository.lastError !== null && (
              <p className={css.error} lang="en">
                {repository.lastError}
              </p>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
