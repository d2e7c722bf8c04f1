import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { eventsQuery, repositoriesQuery } from '../api/queries.ts';
import { Choice } from '../parts/choice.tsx';
import { EventList } from '../parts/event-list.tsx';
import { Empty, ProblemNotice, RowsComing } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';

/** Everything that came in and may have started runs. */
export function EventsPage() {
  const { t } = useTranslation();
  const { repository } = useSearch({ from: '/events' });
  const navigate = useNavigate({ from: '/events' });
  const repositories = useQuery(repositoriesQuery);
  const events = useInfiniteQuery(eventsQuery(repository));
  const items = events.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <PageHead
        title={t('events.title')}
        actions={
          <Choice
            label={t('events.repository')}
            value={repository ?? ''}
            all={t('events.allRepositories')}
            options={repositories.data?.items.map(({ name }) => ({ value: name, label: name })) ?? []}
            onChange={(chosen) => navigate({ search: chosen === '' ? {} : { repository: chosen } })}
          />
        }
      />
      {events.isPending && <RowsComing rows={8} height={32} />}
      {events.isError && <ProblemNotice error={events.error} onRetry={() => events.refetch()} />}
      {events.isSuccess && items.length === 0 && <Empty title={t('events.none')} />}
      {items.length > 0 && <EventList events={items} />}
      {events.hasNextPage && (
        <Button variant="default" mt="md" onClick={() => events.fetchNextPage()}>
          {t('runs.older')}
        </Button>
      )}
    </>
  );
}
