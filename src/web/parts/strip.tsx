import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { RecentRun } from '../api/types.ts';
import { statusOf, toneOf } from './status.tsx';
import css from './strip.module.css';
import { durationText } from './times.tsx';

const lowest = 0.28;
/** So many fit; what is not there yet keeps its place. */
const places = 20;

/** The last runs of a pipeline, the newest on the right: the height of each says how long it took. */
export function Strip({ pipeline, runs }: { pipeline: string; runs: readonly RecentRun[] }) {
  const { t } = useTranslation();
  const longest = Math.max(1, ...runs.map(lengthOf));
  return (
    <ul className={css.strip} aria-label={t('strip.label', { pipeline })}>
      {Array.from({ length: Math.max(0, places - runs.length) }, (_, place) => place).map((place) => (
        <li key={`empty ${place}`} className={css.place} aria-hidden="true" />
      ))}
      {runs.toReversed().map((run) => {
        const status = statusOf(run);
        const length = lengthOf(run);
        const took = run.startedAt === null ? '' : ` · ${durationText(length, t)}`;
        const label = `#${run.number} ${t(`status.${status}`)}${took}`;
        return (
          <li key={run.id}>
            <Link
              to="/runs/$reference"
              params={{ reference: `${pipeline}:${run.number}` }}
              className={css.bar}
              data-tone={toneOf(status)}
              aria-label={label}
              title={label}
            >
              <span
                style={{ height: `${Math.round((lowest + (1 - lowest) * (length / longest)) * 100)}%` }}
              />
            </Link>
          </li>
        );
      })}
    </ul>
  );
}

function lengthOf({ startedAt, endedAt }: RecentRun): number {
  if (startedAt === null) return 0;
  return (endedAt === null ? Date.now() : Date.parse(endedAt)) - Date.parse(startedAt);
}
