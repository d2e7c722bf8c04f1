import { useTranslation } from 'react-i18next';
import type { Json } from '../../domain/json.ts';
import type { Run } from '../../http/schemas/run.ts';
import { StatusIcon, toneOf } from '../parts/status.tsx';
import css from './run-cause.module.css';

/** Why a run ended unhappily: first of all, large, with what helps against it. */
export function RunCause({ run }: { run: Run }) {
  const { t } = useTranslation();
  const { outcome, reason, steps } = run;
  if (outcome === null || outcome === 'succeeded') return null;
  const culprits = steps.filter(({ isWarning }) => !isWarning);
  const failed =
    culprits.find((step) => step.outcome === outcome) ?? culprits.find((step) => step.outcome === 'failed');
  const causes = run.deployments.flatMap(({ evidence }) => causesIn(evidence));
  const words = causes.flatMap(({ lastWords }) => lastWords ?? []).at(0);
  return (
    <section className={css.cause} data-tone={toneOf(outcome)} aria-label={t('cause.title')}>
      <StatusIcon status={outcome} size={26} />
      <div>
        <p className={css.where}>
          {failed === undefined
            ? t(`status.${outcome}`)
            : t('cause.where', { step: failed.id, status: t(`status.${outcome}`) })}
        </p>
        <p className={css.reason} lang="en">
          {failed?.reason ?? reason ?? t('cause.unknown')}
        </p>
        {causes
          .flatMap(({ hint }) => hint ?? [])
          .map((hint) => (
            <p key={hint} lang="en">
              {hint}
            </p>
          ))}
        <Rollbacks run={run} />
        {words !== undefined && (
          <>
            <p className={css.label}>{t('cause.lastWords', { pod: words.pod })}</p>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
            <pre className={css.words} tabIndex={0}>
              {words.text}
            </pre>
          </>
        )}
      </div>
    </section>
  );
}

function Rollbacks({ run }: { run: Run }) {
  const { t } = useTranslation();
  return run.deployments.flatMap(({ id, environment, rollback }) => {
    if (rollback === null) return [];
    const isDone = rollback.state === 'done';
    return (
      <p key={id} className={css.rollback}>
        <StatusIcon status={isDone ? 'succeeded' : 'errored'} size={15} />
        <span>
          {isDone
            ? t('cause.rolledBack', { environment, to: String(rollback.to) })
            : t('cause.notRolledBack', { environment })}{' '}
          {!isDone && <span lang="en">{String(rollback.text ?? '')}</span>}
        </span>
      </p>
    );
  });
}

interface CauseFound {
  hint: string | undefined;
  lastWords: { pod: string; text: string } | undefined;
}

const mostLines = 12;

/** Reads a stored diagnosis; whatever is not as expected is left out. */
function causesIn(evidence: Json | null): CauseFound[] {
  return listAt(evidence, 'causes').map((cause) => {
    const pods = listAt(field(cause, 'evidence'), 'pods');
    return {
      hint: textOf(field(cause, 'hint')),
      lastWords: pods.flatMap((pod) => lastWordsOf(pod) ?? []).at(0),
    };
  });
}

function lastWordsOf(pod: Json): CauseFound['lastWords'] {
  const logs = field(pod, 'logs');
  const text = textOf(field(logs, 'previous')) ?? textOf(field(logs, 'current'));
  const name = textOf(field(pod, 'name'));
  if (text === undefined || name === undefined) return undefined;
  return { pod: name, text: text.trimEnd().split('\n').slice(-mostLines).join('\n') };
}

function field(value: Json | undefined, key: string): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value[key] : undefined;
}

function listAt(value: Json | undefined, key: string): Json[] {
  const list = field(value, key);
  return Array.isArray(list) ? list : [];
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
