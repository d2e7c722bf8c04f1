import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { outcomes, runStates } from '../../domain/outcome.ts';
import { pipelinesQuery, type RunFilter, runsQuery } from '../api/queries.ts';
import { Choice } from '../parts/choice.tsx';
import { Empty, ProblemNotice, RowsComing } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { RunList } from '../parts/run-list.tsx';

const statuses = [...runStates.filter((state) => state !== 'ended'), ...outcomes];

/** Every run, newest first, narrowed by what stands in the address. */
export function RunsPage() {
  const { t } = useTranslation();
  const filter: RunFilter = useSearch({ from: '/runs' });
  const runs = useInfiniteQuery(runsQuery(filter));
  const items = runs.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <PageHead title={t('runs.title')} actions={<Filters filter={filter} />} />
      {runs.isError && <ProblemNotice error={runs.error} onRetry={() => runs.refetch()} />}
      {runs.isPending && <RowsComing rows={8} height={50} />}
      {runs.isSuccess && items.length === 0 && <Empty title={t('runs.none')} />}
      {items.length > 0 && <RunList runs={items} />}
      {runs.hasNextPage && (
        <Button
          variant="default"
          mt="md"
          loading={runs.isFetchingNextPage}
          onClick={() => runs.fetchNextPage()}
        >
          {t('runs.older')}
        </Button>
      )}
    </>
  );
}

function Filters({ filter }: { filter: RunFilter }) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: '/runs' });
  const pipelines = useQuery(pipelinesQuery);
  const names = pipelines.data?.items.map(({ name }) => name) ?? [];
  const choose = (change: RunFilter) =>
    navigate({
      search: (before) =>
        Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value !== '')),
    });
  return (
    <>
      <Choice
        label={t('runs.pipeline')}
        value={filter.pipeline ?? ''}
        all={t('runs.allPipelines')}
        options={names.map((name) => ({ value: name, label: name }))}
        onChange={(pipeline) => choose({ pipeline })}
      />
      <Choice
        label={t('runs.status')}
        value={filter.status ?? ''}
        all={t('runs.allStatuses')}
        options={statuses.map((status) => ({ value: status, label: t(`status.${status}`) }))}
        onChange={(status) => choose({ status })}
      />
    </>
  );
}
