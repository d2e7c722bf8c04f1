import { useTranslation } from 'react-i18next';
import { revisionLabel } from '../../domain/revision-label.ts';
import type { Run } from '../../http/schemas/run.ts';
import { Section } from '../parts/page-head.tsx';
import css from './run-side.module.css';

/** What the pipeline of the run was written in, and put together from. */
export function RunFiles({ run: { files, pipelineFile, state } }: { run: Run }) {
  const { t } = useTranslation();
  const { repository: own, file: name, sha256: sum } = pipelineFile;
  const isUnread = own !== null && sum === null;
  if (files.length === 0 && sum === null && !isUnread) return null;
  return (
    <Section title={t('runFiles.title')}>
      <ul className={css.cards}>
        {own === null && sum !== null && (
          <li>
            <strong>{t('runFiles.server')}</strong>
            <span className={css.quiet}>sha256 {sum.slice(0, 16)}</span>
          </li>
        )}
        {isUnread && (
          <li>
            <strong>{name}</strong>
            <span className={css.quiet}>
              {t(state === 'ended' ? 'runFiles.unused' : 'runFiles.unread', { repository: own })}
            </span>
          </li>
        )}
        {files.map(({ file, repository, revision, sha256 }) => (
          <li key={`${repository}:${file}@${revision}`}>
            <strong>{file}</strong>
            {repository !== null && (
              <span className={css.quiet}>
                {t('runFiles.from', {
                  repository,
                  revision: revision === null ? '' : revisionLabel(revision),
                })}
              </span>
            )}
            <span className={css.quiet}>sha256 {sha256.slice(0, 16)}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
