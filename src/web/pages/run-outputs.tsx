import { useTranslation } from 'react-i18next';
import { readOutputs } from '../../domain/command-outputs.ts';
import type { Run } from '../../http/schemas/run.ts';
import { Section } from '../parts/page-head.tsx';
import css from './run-side.module.css';

/** What the commands of its steps have left for later ones. */
export function RunOutputs({ run }: { run: Run }) {
  const { t } = useTranslation();
  const steps = run.steps
    .map(({ id, output }) => ({ id, outputs: [...readOutputs(output)] }))
    .filter(({ outputs }) => outputs.length > 0);
  if (steps.length === 0) return null;
  return (
    <Section title={t('outputs.title')}>
      <ul className={css.cards}>
        {steps.map(({ id, outputs }) => (
          <li key={id}>
            <strong>{id}</strong>
            {outputs.map(([name, value]) => (
              <code key={name} className={css.quiet}>
                {name}={value}
              </code>
            ))}
          </li>
        ))}
      </ul>
    </Section>
  );
}
