import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { revisionLabel } from '../../domain/revision-label.ts';
import { eventsQuery, repositoriesQuery } from '../api/queries.ts';
import type { Repository } from '../api/types.ts';
import { EventList } from '../parts/event-list.tsx';
import { HookHelp } from '../parts/hook-help.tsx';
import { Icon } from '../parts/icon.tsx';
import { Empty, ProblemNotice, RowsComing } from '../parts/notice.tsx';
import { PageHead, Section } from '../parts/page-head.tsx';
import { RepositoryState } from '../parts/repository-state.tsx';
import { Ago, durationText } from '../parts/times.tsx';
import css from './repository-page.module.css';

/** One repository: how its watcher fares, whether its hook comes, how to install that, what came in lately. */
export function RepositoryPage() {
  const { t } = useTranslation();
  const { name } = useParams({ from: '/repositories/$name' });
  const repositories = useQuery(repositoriesQuery);
  if (repositories.isPending) return <RowsComing />;
  if (repositories.isError) {
    return <ProblemNotice error={repositories.error} onRetry={() => repositories.refetch()} />;
  }
  const repository = repositories.data.items.find((of) => of.name === name);
  if (repository === undefined) {
    return (
      <Empty title={t('repository.unknown', { name })}>
        <Link to="/repositories">{t('repositories.title')}</Link>
      </Empty>
    );
  }
  return (
    <>
      <PageHead title={name} beside={<RepositoryState state={repository.state} />}>
        <code>{repository.url}</code>
      </PageHead>
      {repository.lastError !== null && <WatcherTrouble repository={repository} />}
      <Alarms repository={repository} />
      <div className={css.columns}>
        <div>
          <Section title={t('repository.watcher')}>
            <Facts repository={repository} />
          </Section>
          <Section
            title={t('frame.events')}
            beside={
              <Link to="/events" search={{ repository: name }}>
                {t('pipeline.allRuns')}
              </Link>
            }
          >
            <LastEvents repository={name} />
          </Section>
        </div>
        <Section title={t('repository.hook')}>
          <HookHelp repository={repository} />
        </Section>
      </div>
    </>
  );
}

function WatcherTrouble({ repository: { lastError, failingSince, nextPollAt } }: { repository: Repository }) {
  const { t } = useTranslation();
  return (
    <div className={css.trouble} role="alert">
      <p className={css.error} lang="en">
        {lastError}
      </p>
      <p>
        {failingSince !== null && (
          <>
            {t('repository.failingSince')} <Ago at={failingSince} />.{' '}
          </>
        )}
        {nextPollAt !== null && (
          <>
            {t('repository.nextPoll')} <Ago at={nextPollAt} />.
          </>
        )}
      </p>
    </div>
  );
}

/** A commit that no hook told of: the poll found it, later than need be. */
function MissedHook({ missed }: { missed: NonNullable<Repository['hooks']['missed']> }) {
  const { t } = useTranslation();
  return (
    <p className={css.missed}>
      {t('repository.missed', { revision: revisionLabel(missed.revisions.at(-1) ?? '') })}{' '}
      <Link to="/events/$id" params={{ id: missed.eventId }}>
        <Ago at={missed.at} />
      </Link>
    </p>
  );
}

function Alarms({ repository: { alarms } }: { repository: Repository }) {
  return alarms.map(({ eventId, text, at }) => (
    <p key={eventId} className={css.alarm}>
      <Icon name="alert" />{' '}
      <Link to="/events/$id" params={{ id: eventId }} lang="en">
        {text}
      </Link>{' '}
      <Ago at={at} />
    </p>
  ));
}

function Facts({ repository }: { repository: Repository }) {
  const { t } = useTranslation();
  const { behind, cursor, hooks, kind, lastHookAt, pipelines, polledAt, nextPollAt, pollMs, uuid } =
    repository;
  const never = t('repository.never');
  return (
    <dl className={css.facts}>
      <dt>{t('repository.readUpTo')}</dt>
      <dd>
        {cursor === null
          ? never
          : kind === 'svn'
            ? `r${cursor}`
            : t('repository.moves', { count: Number(cursor) })}
        {behind ? ` (${t('repository.behind', { count: behind })})` : ''}
      </dd>
      <dt>{t('repository.lastHook')}</dt>
      <dd>
        {lastHookAt === null ? t('repository.noHook') : <Ago at={lastHookAt} />}
        {hooks.missed !== null && hooks.state === 'missing' && <MissedHook missed={hooks.missed} />}
      </dd>
      <dt>{t('repository.polled')}</dt>
      <dd>{polledAt === null ? never : <Ago at={polledAt} />}</dd>
      <dt>{t('repository.nextPoll')}</dt>
      <dd>
        {nextPollAt === null ? never : <Ago at={nextPollAt} />} (
        {t('repository.every', { time: durationText(pollMs, t) })})
      </dd>
      {uuid !== null && (
        <>
          <dt>UUID</dt>
          <dd>
            <code>{uuid}</code>
          </dd>
        </>
      )}
      <dt>{t('frame.pipelines')}</dt>
      <dd>
        {pipelines.length === 0 && t('repository.noPipeline')}
        {pipelines.map((name) => (
          <Link key={name} to="/pipelines/$name" params={{ name }} className={css.pipeline}>
            {name}
          </Link>
        ))}
      </dd>
    </dl>
  );
}

function LastEvents({ repository }: { repository: string }) {
  const { t } = useTranslation();
  const events = useInfiniteQuery(eventsQuery(repository));
  if (events.isPending) return <RowsComing rows={3} />;
  const items = events.data?.pages[0]?.items.slice(0, 10) ?? [];
  return items.length === 0 ? <Empty title={t('events.none')} /> : <EventList events={items} />;
}
