import { useTranslation } from 'react-i18next';
import type { Run } from '../../http/schemas/run.ts';
import { Section } from '../parts/page-head.tsx';
import css from './run-side.module.css';

/** What the pipeline of the run was put together from, beside its own file. */
export function RunFiles({ run: { files } }: { run: Run }) {
  const { t } = useTranslation();
  if (files.length === 0) return null;
  return (
    <Section title={t('runFiles.title')}>
      <ul className={css.cards}>
        {files.map(({ file, repository, revision, sha256 }) => (
          <li key={`${repository}:${file}@${revision}`}>
            <strong className={css.name}>{file}</strong>
            {repository !== null && (
              <span className={css.quiet}>{t('runFiles.from', { repository, revision })}</span>
            )}
            <span className={css.quiet}>sha256 {sha256.slice(0, 16)}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
