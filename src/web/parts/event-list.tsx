import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { revisionLabel } from '../../domain/revision-label.ts';
import type { EventPage } from '../api/types.ts';
import css from './event-list.module.css';
import { StatusIcon } from './status.tsx';
import { Ago } from './times.tsx';

const signs = { received: 'running', handled: 'succeeded', failed: 'failed' } as const;

/** What came in, newest first; behind each is what every pipeline made of it. */
export function EventList({ events }: { events: EventPage['items'] }) {
  const { t } = useTranslation();
  return (
    <ul className={css.list}>
      {events.map((event) => (
        <li key={event.id}>
          <span className={css.state}>
            <StatusIcon status={signs[event.state]} size={14} />
            {t(`event.${event.state}`)}
          </span>
          <Link to="/events/$id" params={{ id: event.id }}>
            {t(`source.${event.source}`)}
          </Link>
          <span className={css.what}>
            {event.repository !== null && event.repository}
            {event.revision !== null && (
              <>
                {' '}
                <code>{revisionLabel(event.revision)}</code>
              </>
            )}
          </span>
          <span className={css.when}>
            <Ago at={event.receivedAt} />
          </span>
          {event.error !== null && (
            <span className={css.error} lang="en">
              {event.error}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
