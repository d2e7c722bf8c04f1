import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { promotionQuery } from '../api/queries.ts';
import type { Deployment, PromotionPreview } from '../api/types.ts';
import { shortImage, workloadOf } from '../parts/deployment-facts.tsx';
import facts from '../parts/fact-table.module.css';
import { ProblemNotice } from '../parts/notice.tsx';
import css from './promotion-preview.module.css';

/** How what would be deployed differs from what runs there: what a promotion brings, and what stays apart. */
export function PromotionDifferences({ running, to }: { running: Deployment; to: string }) {
  const { t } = useTranslation();
  const from = running.environment;
  const preview = useQuery(promotionQuery({ from, to, workload: workloadOf(running) }));
  if (preview.isPending) return null;
  if (preview.isError) return <ProblemNotice error={preview.error} />;
  const { differences } = preview.data;
  if (differences.length === 0) return <p>{t('promote.same')}</p>;
  const rows = differences.flatMap(rowsOf);
  const brought = rows.filter(({ about }) => about === 'image');
  const own = rows.filter(({ about }) => about !== 'image');
  return (
    <div className={css.differences}>
      <Rows title={t('promote.brings')} rows={brought} names={{ from, to }} />
      <Rows title={t('promote.own', { environment: to })} rows={own} names={{ from, to }} />
    </div>
  );
}

type Difference = PromotionPreview['differences'][number];
type Row = Omit<Difference['fields'][number], 'about'> & { object: string; about: string };

/** An object that only one of them has is a row of its own. */
function rowsOf({ object, only, fields }: Difference): Row[] {
  if (only === null) return fields.map((field) => ({ object, ...field }));
  return [{ object, path: '', about: 'object', from: null, to: null, [only]: object }];
}

interface RowsProps {
  title: string;
  rows: Row[];
  names: { from: string; to: string };
}

function Rows({ title, rows, names }: RowsProps) {
  const { t } = useTranslation();
  if (rows.length === 0) return null;
  return (
    <table className={facts.table}>
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">{t('promote.field')}</th>
          <th scope="col">{names.to}</th>
          <th scope="col">{names.from}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ object, path, about, from, to }) => (
          <tr key={`${object} ${path}`}>
            <th scope="row">
              {object} <code>{path}</code>
            </th>
            <Value about={about} text={to} />
            <Value about={about} text={from} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Value({ about, text }: { about: string; text: string | null }) {
  if (text === null) return <td>∅</td>;
  return (
    <td>
      <code title={text}>{about === 'image' ? shortImage(text) : text}</code>
    </td>
  );
}
