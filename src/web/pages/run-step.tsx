import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Step } from '../api/types.ts';
import { ProgressBar } from '../parts/progress-bar.tsx';
import { StatusIcon } from '../parts/status.tsx';
import css from './run-step.module.css';

/** What a step does now, or did last: its progress, and what goes on side by side (layers, pods). */
export function RunStep({ step }: { step: Step }) {
  const { t } = useTranslation();
  const { progress, reason, state } = step;
  if (progress === null && reason === null && step.triggered === null) return null;
  return (
    <section className={css.step} aria-label={t('step.now', { step: step.id })}>
      <div className={css.head}>
        <strong>{step.id}</strong>
        {step.triggered !== null && (
          <Link to="/runs/$reference" params={{ reference: step.triggered.id }}>
            {step.triggered.pipeline} #{step.triggered.number}
          </Link>
        )}
        {step.attempt > 1 && <span>{t('step.attempt', { attempt: step.attempt })}</span>}
        <span className={css.text} lang="en">
          {state === 'running' ? progress?.text : (reason ?? progress?.text)}
        </span>
      </div>
      {state === 'running' && progress !== null && <ProgressBar progress={progress} />}
      {progress !== null && progress.items.length > 0 && (
        <ul className={css.items} data-unit={progress.unit}>
          {progress.items.map((item) => (
            <li key={item.name} data-state={item.state}>
              <StatusIcon status={itemStatus(item.state)} size={14} />
              <span className={css.name} title={item.name}>
                {item.name}
              </span>
              <span className={css.what}>
                {item.text === null ? (
                  t(`status.${itemStatus(item.state)}`)
                ) : (
                  <span lang="en">{item.text}</span>
                )}
                {item.done !== null && item.total !== null && ` ${percent(item.done, item.total)}`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** A layer or a pod waits for no person, as a step would. */
function itemStatus(state: NonNullable<Step['progress']>['items'][number]['state']) {
  return state === 'waiting' ? 'pending' : state;
}

function percent(done: number, total: number): string {
  return total === 0 ? '' : `${Math.floor((done / total) * 100)}%`;
}
