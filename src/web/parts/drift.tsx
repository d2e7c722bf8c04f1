import { useTranslation } from 'react-i18next';
import type { EnvironmentDrift } from '../api/types.ts';
import css from './drift.module.css';
import { StatusIcon } from './status.tsx';
import { Ago } from './times.tsx';

/** What in an environment people have changed by hand, by the last look at it. */
export function Drift({ drift }: { drift: EnvironmentDrift }) {
  const { t } = useTranslation();
  if (drift === null || drift.lookedAt === null) return null;
  const { objects, problem, lookedAt } = drift;
  const looked = (
    <span className={css.looked}>
      {t('environment.looked')} <Ago at={lookedAt} />
    </span>
  );
  return (
    <>
      {problem !== null && (
        <p className={css.problem}>
          {t('environment.driftProblem', { problem })} {looked}
        </p>
      )}
      {problem === null && objects.length === 0 && (
        <p className={css.clean}>
          {t('environment.noDrift')} {looked}
        </p>
      )}
      {objects.length > 0 && (
        <details className={css.drift}>
          <summary>
            <StatusIcon status="suspended" size={15} /> {t('environment.drift', { count: objects.length })}{' '}
            {problem === null && looked}
          </summary>
          <ul lang="en">
            {objects.map((object) => (
              <DriftedObject key={object.object} {...object} />
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

type DriftedProps = NonNullable<EnvironmentDrift>['objects'][number];

function DriftedObject({ statement, fields }: DriftedProps) {
  return (
    <li>
      {statement}
      {fields.length > 1 && (
        <ul>
          {fields.map(({ path, applied, live, manager }) => (
            <li key={path}>
              <code>{path}</code>: {applied ?? '∅'} → {live ?? '∅'} {manager !== null && `(${manager})`}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
