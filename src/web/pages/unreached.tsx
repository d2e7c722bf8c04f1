import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { notifiersQuery } from '../api/queries.ts';
import { Trouble } from '../parts/notice.tsx';
import { Ago } from '../parts/times.tsx';

/** Who is to be told of runs and does not take it; nothing where all do. */
export function Unreached() {
  const { t } = useTranslation();
  const notifiers = useQuery(notifiersQuery);
  const failing = notifiers.data?.items.filter(({ error }) => error !== null) ?? [];
  return failing.map(({ name, kind, error, nextAt }) => (
    <Trouble key={name} title={t('unreached.title', { name, kind })}>
      <p lang="en">{error}</p>
      <p>
        {t('unreached.next')} <Ago at={nextAt} />
      </p>
    </Trouble>
  ));
}
