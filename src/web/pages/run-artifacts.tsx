import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { readArtifacts } from '../../domain/artifacts.ts';
import { sizeText } from '../../domain/size-text.ts';
import type { Run } from '../../http/schemas/run.ts';
import { apiPath } from '../api/client.ts';
import { artifactsQuery } from '../api/queries.ts';
import { Section } from '../parts/page-head.tsx';
import css from './run-side.module.css';

/** The files that its steps have left. */
export function RunArtifacts({ run }: { run: Run }) {
  const { t } = useTranslation();
  const sets = run.steps.flatMap(({ output }) => readArtifacts(output)?.set ?? []);
  const artifacts = useQuery({ ...artifactsQuery(run.id, sets), enabled: sets.length > 0 });
  const items = artifacts.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <Section title={t('artifacts.title')}>
      <ul className={css.cards}>
        {items.map(({ step, path, bytes }) => (
          <li key={`${step}/${path}`}>
            <a
              href={`${apiPath`/runs/${run.id}/artifacts/${step}`}?${new URLSearchParams({ path })}`}
              download
            >
              {path}
            </a>
            <span className={css.quiet}>
              {step}, {sizeText(bytes)}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
