import { useTranslation } from 'react-i18next';
import type { RolloutOutcome, RunState, StepOutcome, StepState } from '../../domain/outcome.ts';
import css from './status.module.css';

export type Status =
  | RolloutOutcome
  | StepOutcome
  | RunState
  | StepState
  | 'active'
  | 'warning'
  | 'waiting'
  | 'working'
  | 'done';

/** Which of the five families of colour a state belongs to. */
export type Tone = 'ok' | 'bad' | 'busy' | 'wait' | 'warn';

/** The outcome, or the state before there is one. */
export function statusOf<S extends Status, O extends Status>(of: { state: S; outcome: O | null }): S | O {
  return of.outcome ?? of.state;
}

/** As `statusOf`, but a failure that the pipeline allows is a warning. */
export function stepStatusOf({ state, outcome, isWarning }: StepStatus): Status {
  return isWarning ? 'warning' : statusOf({ state, outcome });
}

interface StepStatus {
  state: StepState;
  outcome: StepOutcome | null;
  isWarning: boolean;
}

export function toneOf(status: Status): Tone {
  return tones[status];
}

const tones: Record<Status, Tone> = {
  succeeded: 'ok',
  done: 'ok',
  failed: 'bad',
  'timed-out': 'bad',
  errored: 'bad',
  rejected: 'bad',
  lost: 'bad',
  partial: 'warn',
  warning: 'warn',
  cancelled: 'warn',
  suspended: 'warn',
  waiting: 'warn',
  running: 'busy',
  active: 'busy',
  working: 'busy',
  queued: 'wait',
  pending: 'wait',
  ended: 'wait',
  skipped: 'wait',
  superseded: 'wait',
};

/** Each state has a shape of its own, for those to whom colours say little. */
const shapes: Partial<Record<Status, string>> = {
  succeeded: 'M4.2 8.3 7 11l5-6',
  done: 'M4.2 8.3 7 11l5-6',
  failed: 'M5 5l6 6M11 5l-6 6',
  lost: 'M5 5l6 6M11 5l-6 6',
  rejected: 'M5 5l6 6M11 5l-6 6',
  errored: 'M8 4v5M8 11.6v.2',
  warning: 'M8 4v5M8 11.6v.2',
  'timed-out': 'M8 4.4V8l2.6 1.8',
  cancelled: 'M4.6 11.4 11.4 4.6',
  partial: 'M4.5 8h7',
  suspended: 'M6.3 5v6M9.7 5v6',
  skipped: 'M5 8h6',
  superseded: 'M4.6 5 7.4 8l-2.8 3M8.6 5l2.8 3-2.8 3',
  waiting: 'M8 4.3a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zM5.2 11.3a2.9 2.9 0 0 1 5.6 0',
  queued: 'M5 8h.1M8 8h.1M11 8h.1',
};

const hollow: ReadonlySet<Status> = new Set(['pending', 'waiting', 'skipped', 'superseded']);

export function StatusIcon({ status, size = 16 }: { status: Status; size?: number }) {
  return (
    <svg
      className={css.icon}
      data-tone={toneOf(status)}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      aria-hidden="true"
    >
      <Shape status={status} />
    </svg>
  );
}

function Shape({ status }: { status: Status }) {
  const tone = toneOf(status);
  if (tone === 'busy') {
    return (
      <>
        <circle className={css.track} cx="8" cy="8" r="6" />
        <path className={css.turning} d="M8 2a6 6 0 0 1 6 6" />
      </>
    );
  }
  const line = shapes[status] ?? '';
  if (hollow.has(status)) {
    return (
      <>
        <circle className={css.ring} cx="8" cy="8" r="6.25" />
        <path className={css.lineOnPaper} d={line} />
      </>
    );
  }
  return (
    <>
      {tone === 'bad' ? (
        <path className={css.body} d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" />
      ) : (
        <circle className={css.body} cx="8" cy="8" r="7" />
      )}
      <path className={css.line} d={line} />
    </>
  );
}

/** Icon and word. */
export function StatusBadge({ status, size }: { status: Status; size?: 'large' }) {
  const { t } = useTranslation();
  return (
    <span className={css.badge} data-tone={toneOf(status)} data-size={size}>
      <StatusIcon status={status} size={size === 'large' ? 18 : 14} />
      {t(`status.${status}`)}
    </span>
  );
}
