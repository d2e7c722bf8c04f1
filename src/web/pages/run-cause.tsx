import { useTranslation } from 'react-i18next';
import { readDiagnoses, type StoredCause } from '../../domain/stored-diagnosis.ts';
import type { Run } from '../../http/schemas/run.ts';
import { CauseFacts } from '../parts/cause-facts.tsx';
import { StatusIcon, toneOf } from '../parts/status.tsx';
import { useToldHint } from '../parts/told-hint.ts';
import css from './run-cause.module.css';
import { RunEvidence } from './run-evidence.tsx';

const mostLines = 12;

/** Why a run ended unhappily: first of all, large, with what helps against it. */
export function RunCause({ run }: { run: Run }) {
  const { t } = useTranslation();
  const { outcome, reason, steps } = run;
  if (outcome === null || outcome === 'succeeded') return null;
  const culprits = steps.filter(({ isWarning }) => !isWarning);
  const failed =
    culprits.find((step) => step.outcome === outcome) ?? culprits.find((step) => step.outcome === 'failed');
  const diagnosis = readDiagnoses(run.deployments.map(({ evidence }) => evidence));
  const [worst] = diagnosis.causes;
  const spoken = worst?.pods.find(({ lastWords }) => lastWords !== undefined);
  return (
    <section className={css.cause} data-tone={toneOf(outcome)} aria-label={t('cause.title')}>
      <StatusIcon status={outcome} size={26} />
      <div>
        <p className={css.where}>
          {failed === undefined
            ? t(`status.${outcome}`)
            : t('cause.where', { step: failed.id, status: t(`status.${outcome}`) })}
        </p>
        <Reason text={failed?.reason ?? reason} worst={worst} />
        <Rollbacks run={run} />
        {spoken?.lastWords !== undefined && (
          <>
            <p className={css.label}>{t('cause.lastWords', { pod: spoken.name })}</p>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
            <pre className={css.words} tabIndex={0}>
              {spoken.lastWords.trimEnd().split('\n').slice(-mostLines).join('\n')}
            </pre>
          </>
        )}
        <RunEvidence {...diagnosis} />
      </div>
    </section>
  );
}

/** The server's own words are English: in another language what kind of cause it is comes first, and then those. */
function Reason({ text, worst }: { text: string | null; worst: StoredCause | undefined }) {
  const { t, i18n } = useTranslation();
  const told = useToldHint(worst?.hint);
  const isTranslated = !i18n.language.startsWith('en') && worst?.class !== undefined;
  return (
    <>
      {worst !== undefined && (
        <p className={isTranslated ? css.reason : css.where}>
          <CauseFacts cause={worst} />
        </p>
      )}
      {isTranslated && worst.class !== undefined && told === undefined && (
        <p>{t(`cause.hints.${worst.class}`)}</p>
      )}
      {told !== undefined && <p>{told}</p>}
      <p className={isTranslated ? undefined : css.reason} lang="en">
        {text ?? t('cause.unknown')}
      </p>
      {worst?.hint !== undefined && told === undefined && <p lang="en">{worst.hint}</p>}
    </>
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
