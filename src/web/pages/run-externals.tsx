import { useTranslation } from 'react-i18next';
import type { Run } from '../../http/schemas/run.ts';
import { Section } from '../parts/page-head.tsx';
import css from './run-side.module.css';

/** What `svn:externals` brought into the run's tree, and at which revision: its repeats get the same. */
export function RunExternals({ run }: { run: Run }) {
  const { t } = useTranslation();
  const externals = run.externals ?? [];
  if (externals.length === 0) return null;
  return (
    <Section title={t('externals.title')}>
      <ul className={css.cards}>
        {externals.map(({ path, url, revision, isPinned }) => (
          <li key={path}>
            <strong>{path}</strong>
            <span className={css.quiet}>{url}</span>
            <span className={css.quiet}>
              {t(isPinned ? 'externals.pinned' : 'externals.fixed', { revision })}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
