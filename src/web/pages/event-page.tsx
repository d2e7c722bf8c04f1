import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { revisionLabel } from '../../domain/revision-label.ts';
import type { EventView } from '../../http/schemas/event.ts';
import { apiPath, postJson } from '../api/client.ts';
import { eventQuery } from '../api/queries.ts';
import { FilterTable } from '../parts/filter-table.tsx';
import { Foreign, visibleRequest } from '../parts/foreign.tsx';
import { Icon } from '../parts/icon.tsx';
import { Empty, ProblemNotice, RowsComing } from '../parts/notice.tsx';
import { PageHead, Section } from '../parts/page-head.tsx';
import { Origin } from '../parts/run-facts.tsx';
import { Ago } from '../parts/times.tsx';
import css from './event-page.module.css';

/** One event with its explanation: what it brought, and why each pipeline did or did not run for it. */
export function EventPage() {
  const { id } = useParams({ from: '/events/$id' });
  const event = useQuery(eventQuery(id));
  if (event.isPending) return <RowsComing />;
  if (event.isError) return <ProblemNotice error={event.error} onRetry={() => event.refetch()} />;
  return <LoadedEvent event={event.data} />;
}

function LoadedEvent({ event }: { event: EventView }) {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t(`source.${event.source}`)} actions={isHook(event) && <Replay event={event} />}>
        <p className={css.facts}>
          {event.repository !== null && (
            <Link to="/repositories/$name" params={{ name: event.repository }}>
              {event.repository}
            </Link>
          )}{' '}
          <Ago at={event.receivedAt} />
          {event.remote !== null && ` · ${event.remote}`} · {t(`event.${event.state}`)}
        </p>
      </PageHead>
      {event.error !== null && (
        <p className={css.error} lang="en">
          {event.error}
        </p>
      )}
      {event.changes.length === 0 && (
        <Empty title={t(`event.${emptyReason(event)}`, { ...shownGoneOn(event) })} />
      )}
      {event.changes.map((change) => (
        <Change key={`${change.branch} ${change.revision}`} change={change} />
      ))}
      <Section title={t('event.body')}>
        <pre className={css.body}>{JSON.stringify(event.body, null, 2)}</pre>
      </Section>
    </>
  );
}

/** Of one to which no change belongs. */
function emptyReason(event: EventView): 'pending' | 'goneOn' | 'notFound' | 'noChange' {
  if (event.state === 'received') return 'pending';
  if (event.goneOn !== null) return 'goneOn';
  return event.error === null && isHook(event) ? 'notFound' : 'noChange';
}

function shownGoneOn({ goneOn }: EventView) {
  return goneOn === null ? {} : { branch: goneOn.branch, revision: revisionLabel(goneOn.revision) };
}

function isHook({ source }: EventView): boolean {
  return source.endsWith('-hook');
}

function Replay({ event }: { event: EventView }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const replay = useMutation({
    mutationFn: () => postJson(apiPath`/events/${event.id}/replay`),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['events'] }),
  });
  return (
    <div>
      <Button
        variant="default"
        leftSection={<Icon name="again" />}
        title={t('event.replayHelp')}
        loading={replay.isPending}
        onClick={() => replay.mutate()}
      >
        {t('event.replay')}
      </Button>
      <p role="status">{replay.isSuccess && t('event.replayed')}</p>
      {replay.isError && <ProblemNotice error={replay.error} />}
    </div>
  );
}

const mostPaths = 12;

function Change({ change }: { change: EventView['changes'][number] }) {
  const { t } = useTranslation();
  const more = change.pathCount - Math.min(mostPaths, change.paths.length);
  return (
    <section className={css.change} aria-label={change.branch}>
      <div className={css.head}>
        <Origin run={change} />
        {change.happened !== null && <p>{t(`pipeline.${change.happened}`)}</p>}
        {change.isReplaced && <p>{t('event.replaced')}</p>}
        {change.renamed !== null && <p>{t('event.renamed', change.renamed)}</p>}
        {change.gitlabPipeline !== null && <p>{t('why.gitlabPipeline', { ...change.gitlabPipeline })}</p>}
        {change.mergeRequest !== null && (
          <p>
            {t(
              change.mergeRequest.isFork ? 'why.forkRequest' : 'why.mergeRequest',
              visibleRequest(change.mergeRequest),
            )}
          </p>
        )}
        <p>
          <Foreign>{change.message}</Foreign>
        </p>
        <details>
          <summary>{t('event.paths', { count: change.pathCount })}</summary>
          <ul className={css.paths}>
            {change.paths.slice(0, mostPaths).map((path) => (
              <li key={path}>
                <code>
                  <Foreign>{path === '' ? '/' : path}</Foreign>
                </code>
              </li>
            ))}
            {more > 0 && <li>{t('event.morePaths', { count: more })}</li>}
          </ul>
        </details>
      </div>
      {change.decisions.length === 0 && <p className={css.head}>{t('event.noPipeline')}</p>}
      {change.decisions.map((decision) => (
        <Decision key={`${decision.pipeline} ${decision.runId}`} decision={decision} />
      ))}
    </section>
  );
}

function Decision({ decision }: { decision: EventView['changes'][number]['decisions'][number] }) {
  const { t } = useTranslation();
  const { pipeline, verdict, runId, collapsedInto, filters } = decision;
  const words = { run: 'event.ran', skip: 'event.skipped', wait: 'event.waits' } as const;
  return (
    <div className={css.decision} data-verdict={verdict}>
      <h2>
        <Link to="/pipelines/$name" params={{ name: pipeline }}>
          {pipeline}
        </Link>{' '}
        {t(words[verdict])}{' '}
        {runId !== null && (
          <Link to="/runs/$reference" params={{ reference: runId }}>
            {t('event.toRun')}
          </Link>
        )}
        {collapsedInto !== null && (
          <Link to="/runs/$reference" params={{ reference: collapsedInto }}>
            {t('event.collapsed')}
          </Link>
        )}
      </h2>
      <FilterTable filters={filters} />
    </div>
  );
}
