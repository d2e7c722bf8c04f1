import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
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
              <strong className={css.name}>{workloadOf(deployment)}</strong>
              <StatusBadge status={statusOf(deployment)} />
            </span>
            <span className={css.quiet}>
              <Link to="/environments/$name" params={{ name: deployment.environment }}>
                {deployment.environment}
              </Link>
              {' · '}
              <Duration from={deployment.startedAt} to={deployment.endedAt} />
            </span>
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
