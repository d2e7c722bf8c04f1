import type { RunListItem } from '../../http/schemas/run-list.ts';
import { CauseLine } from './cause-facts.tsx';
import { Foreign } from './foreign.tsx';
import { headline, Origin, RunLink, Trigger } from './run-facts.tsx';
import css from './run-list.module.css';
import { StatusBadge, statusOf, toneOf } from './status.tsx';
import { Ago, Duration } from './times.tsx';

/** Runs, newest first, two lines each. */
export function RunList({ runs }: { runs: readonly RunListItem[] }) {
  return (
    <ul className={css.list}>
      {runs.map((run) => (
        <li key={run.id} className={css.row} data-tone={toneOf(statusOf(run))}>
          <span className={css.status}>
            <StatusBadge status={statusOf(run)} />
          </span>
          <span className={css.what}>
            <RunLink run={run} />
            <span className={css.message}>
              <Foreign>{headline(run.message)}</Foreign>
            </span>
          </span>
          <span className={css.origin}>
            <Origin run={run} />
          </span>
          <span className={css.time}>
            <Duration from={run.startedAt} to={run.endedAt} />
            <span>
              <Ago at={run.createdAt} /> · <Trigger run={run} />
            </span>
          </span>
          {run.reason !== null && (
            <span className={css.reason}>
              <CauseLine cause={run.cause} text={run.reason} />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
