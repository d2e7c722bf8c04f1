import { useTranslation } from 'react-i18next';
import type { Run } from '../../http/schemas/run.ts';
import facts from './fact-table.module.css';
import css from './filter-table.module.css';
import { Foreign } from './foreign.tsx';
import { StatusIcon } from './status.tsx';

interface FilterTableProps {
  filters: Run['why']['filters'];
}

/** Every filter of a pipeline against one change: what it asked, what came, whether it let it pass. */
export function FilterTable({ filters }: FilterTableProps) {
  const { t } = useTranslation();
  return (
    <table className={`${facts.table} ${css.table}`}>
      <thead>
        <tr>
          <th scope="col">{t('filter.filter')}</th>
          <th scope="col">{t('filter.expected')}</th>
          <th scope="col">{t('filter.actual')}</th>
          <th scope="col">{t('filter.verdict')}</th>
        </tr>
      </thead>
      <tbody>
        {filters.map(({ filter, expected, actual, passed }) => (
          <tr key={filter}>
            <th scope="row">{filter}</th>
            <td>
              <code>
                <Foreign>{expected}</Foreign>
              </code>
            </td>
            <td>
              <code>
                <Foreign>{actual}</Foreign>
              </code>
            </td>
            <td className={css.verdict}>
              <StatusIcon status={passed ? 'succeeded' : 'failed'} size={14} />
              {passed ? t('filter.passed') : t('filter.refused')}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The same in a narrow column: what was asked for and what was found, one under the other. */
export function FilterList({ filters }: FilterTableProps) {
  const { t } = useTranslation();
  return (
    <ul className={css.list}>
      {filters.map(({ filter, expected, actual, passed }) => (
        <li key={filter}>
          <StatusIcon status={passed ? 'succeeded' : 'failed'} size={14} />
          <strong>{filter}</strong>
          <span>
            {t('filter.expected')}{' '}
            <code>
              <Foreign>{expected}</Foreign>
            </code>
          </span>
          <span>
            {t('filter.actual')}{' '}
            <code>
              <Foreign>{actual}</Foreign>
            </code>
          </span>
        </li>
      ))}
    </ul>
  );
}
