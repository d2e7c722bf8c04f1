import { useTranslation } from 'react-i18next';
import { revisionLabel } from '../../domain/revision-label.ts';
import type { DeployedChanges } from '../api/types.ts';
import { Foreign } from '../parts/foreign.tsx';
import { headline } from '../parts/run-facts.tsx';
import css from './environment-changes.module.css';

/** What is new in a workload since what ran there before. */
export function EnvironmentChanges({ changes }: { changes: DeployedChanges }) {
  const { t } = useTranslation();
  const { since, direction, items, total } = changes;
  const before = `${revisionLabel(since.revision)} (${since.pipeline} #${since.number})`;
  if (direction === 'elsewhere') {
    return <p className={css.note}>{t('environment.changedBranch', { before, branch: since.branch })}</p>;
  }
  if (direction === 'same') return <p className={css.note}>{t('environment.sameRevision', { before })}</p>;
  if (total === 0) return <p className={css.note}>{t('environment.noChanges', { before })}</p>;
  const wording = direction === 'forward' ? 'environment.changes' : 'environment.takenBack';
  return (
    <details className={css.changes}>
      <summary>{t(wording, { count: total, before })}</summary>
      <ul>
        {items.map(({ revision, author, message }) => (
          <li key={revision}>
            <code>{revisionLabel(revision)}</code>
            <span className={css.author}>
              <Foreign>{author ?? ''}</Foreign>
            </span>
            <span className={css.about}>
              <Foreign>{headline(message)}</Foreign>
            </span>
          </li>
        ))}
      </ul>
      {total > items.length && <p>{t('environment.moreChanges', { count: total - items.length })}</p>}
    </details>
  );
}
