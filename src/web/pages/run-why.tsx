import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { revisionLabel } from '../../domain/revision-label.ts';
import type { Run } from '../../http/schemas/run.ts';
import { FilterList } from '../parts/filter-table.tsx';
import { Foreign, visibleRequest } from '../parts/foreign.tsx';
import { Section } from '../parts/page-head.tsx';
import { headline, RunLink, Trigger } from '../parts/run-facts.tsx';
import css from './run-side.module.css';

/** Why there is this run: what its pipeline asked of the change, and the event that brought it. */
export function RunWhy({ run }: { run: Run }) {
  const { t } = useTranslation();
  const { eventId, filters, collapsed, mergeRequest, upstream } = run.why;
  return (
    <Section title={t('why.title')}>
      <div className={css.why}>
        <p>
          <Trigger run={run} />
          {upstream !== null && (
            <>
              {' · '}
              <RunLink run={upstream} />
            </>
          )}
          {eventId !== null && (
            <>
              {' · '}
              <Link to="/events/$id" params={{ id: eventId }}>
                {t('why.event')}
              </Link>
            </>
          )}
        </p>
        {mergeRequest !== null && (
          <p>
            {t(mergeRequest.isFork ? 'why.forkRequest' : 'why.mergeRequest', visibleRequest(mergeRequest))}
          </p>
        )}
        {collapsed.length > 0 && (
          <details open={collapsed.length <= 5}>
            <summary>{t('why.collapsed', { count: collapsed.length })}</summary>
            <ul className={css.collapsed}>
              {collapsed.map(({ revision, author, message }) => (
                <li key={revision}>
                  <code>{revisionLabel(revision)}</code> <Foreign>{author ?? ''}</Foreign>{' '}
                  <Foreign>{headline(message)}</Foreign>
                </li>
              ))}
            </ul>
          </details>
        )}
        {filters.length > 0 && <FilterList filters={filters} />}
        {Object.entries(run.parameters).map(([name, value]) => (
          <p key={name}>
            <code>{name}</code>:{' '}
            <Foreign>{typeof value === 'string' ? value : JSON.stringify(value)}</Foreign>
          </p>
        ))}
      </div>
    </Section>
  );
}
