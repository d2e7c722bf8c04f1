import { VisuallyHidden } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { sessionQuery, workersQuery } from '../api/queries.ts';
import type { WorkerList } from '../api/types.ts';
import { Empty, ProblemNotice, RowsComing } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { StatusIcon } from '../parts/status.tsx';
import { Ago } from '../parts/times.tsx';
import { DrainButton } from './drain-button.tsx';
import { Unreached } from './unreached.tsx';
import css from './workers-page.module.css';

const signs = { starting: 'running', ready: 'succeeded', draining: 'suspended', gone: 'skipped' } as const;

/** The processes that execute runs. */
export function WorkersPage() {
  const { t } = useTranslation();
  const workers = useQuery(workersQuery);
  return (
    <>
      <PageHead title={t('workers.title')}>
        <p className={css.help}>
          {t('workers.help')} <code>trunkline worker</code>
        </p>
      </PageHead>
      <Unreached />
      {workers.isPending && <RowsComing rows={2} />}
      {workers.isError && <ProblemNotice error={workers.error} onRetry={() => workers.refetch()} />}
      {workers.data?.items.length === 0 && <Empty title={t('workers.none')} />}
      {workers.data !== undefined && workers.data.items.length > 0 && <Table workers={workers.data.items} />}
    </>
  );
}

function Table({ workers }: { workers: WorkerList['items'] }) {
  const { t } = useTranslation();
  const session = useQuery(sessionQuery);
  const mayAsk = session.data?.scopes.includes('admin') === true;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={css.frame} tabIndex={0} aria-label={t('workers.title')}>
      <table className={css.table}>
        <thead>
          <tr>
            <th scope="col">{t('workers.state')}</th>
            <th scope="col">{t('workers.host')}</th>
            <th scope="col">{t('workers.atOnce')}</th>
            <th scope="col">{t('workers.labels')}</th>
            <th scope="col">{t('workers.version')}</th>
            <th scope="col">{t('workers.started')}</th>
            <th scope="col">{t('workers.seen')}</th>
            {mayAsk && (
              <th scope="col">
                <VisuallyHidden>{t('workers.acts')}</VisuallyHidden>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {workers.map((worker) => (
            <tr key={worker.id}>
              <td className={css.state}>
                <StatusIcon status={signs[worker.state]} size={14} /> {t(`worker.${worker.state}`)}
                {worker.stoppedTaking !== null && (
                  <p className={css.obstacle} lang="en">
                    {worker.stoppedTaking}
                  </p>
                )}
              </td>
              <th scope="row">
                {worker.host} <span>pid {worker.pid}</span>
              </th>
              <td>{t('workers.ofAll', { active: worker.active, all: worker.concurrency })}</td>
              <td>{worker.labels.join(', ')}</td>
              <td>{worker.version}</td>
              <td>
                <Ago at={worker.startedAt} />
              </td>
              <td>
                <Ago at={worker.seenAt} />
              </td>
              {mayAsk && <td>{worker.state !== 'gone' && <DrainButton worker={worker} />}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
