import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { JsonObject } from '../../domain/json.ts';
import { readUsage, type UsageTexts } from '../../domain/pod-usage.ts';
import type { Run } from '../../http/schemas/run.ts';
import { workloadOf } from '../parts/deployment-facts.tsx';
import { Section } from '../parts/page-head.tsx';
import { StatusBadge, statusOf } from '../parts/status.tsx';
import { Duration } from '../parts/times.tsx';
import css from './run-side.module.css';

/** What the run has rolled out, where, and how that ended. */
export function RunDeployments({ run }: { run: Run }) {
  const { t } = useTranslation();
  if (run.deployments.length === 0) return null;
  return (
    <Section title={t('deployments.title')}>
      <ul className={css.cards}>
        {run.deployments.map((deployment) => (
          <li key={deployment.id}>
            <span className={css.line}>
              <strong>{workloadOf(deployment)}</strong>
              <StatusBadge status={statusOf(deployment)} />
            </span>
            <span className={css.quiet}>
              <Link to="/environments/$name" params={{ name: deployment.environment }}>
                {deployment.environment}
              </Link>
              {' · '}
              <Duration from={deployment.startedAt} to={deployment.endedAt} />
            </span>
            <Usage output={run.steps.find(({ id }) => id === deployment.step)?.output ?? null} />
            {deployment.rollback !== null && (
              <span className={css.quiet} lang="en">
                {String(deployment.rollback.text ?? '')}
              </span>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** What a pod took before the rollout, and what one takes since. */
function Usage({ output }: { output: JsonObject | null }) {
  const { t } = useTranslation();
  const usage = readUsage(output);
  if (usage === undefined) return null;
  const text = ({ before, after }: UsageTexts['cpu']) =>
    [before, after].map((value) => value ?? t('deployments.unmeasured')).join(' → ');
  return (
    <>
      <span className={css.quiet}>{t('deployments.cpu', { change: text(usage.cpu) })}</span>
      <span className={css.quiet}>{t('deployments.memory', { change: text(usage.memory) })}</span>
    </>
  );
}
