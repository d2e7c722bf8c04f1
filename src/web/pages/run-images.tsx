import { useTranslation } from 'react-i18next';
import type { Run } from '../../http/schemas/run.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Section } from '../parts/page-head.tsx';
import css from './run-side.module.css';

/** What the run has put into registries, by digest: what was tested is what is deployed. */
export function RunImages({ run }: { run: Run }) {
  const { t } = useTranslation();
  if (run.images.length === 0) return null;
  return (
    <Section title={t('images.title')}>
      <ul className={css.cards}>
        {run.images.map(({ reference, digest, tags }) => (
          <li key={reference}>
            <strong>{reference.split('@')[0]}</strong>
            {tags.length > 0 && <span className={css.quiet}>{tags.join(', ')}</span>}
            <span className={css.digest}>
              <code title={digest}>{digest.slice(0, 19)}…</code>
              <CopyButton text={reference} what={t('images.reference')} />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
