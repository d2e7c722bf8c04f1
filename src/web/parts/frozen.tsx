import { useTranslation } from 'react-i18next';
import type { EnvironmentList } from '../api/types.ts';
import css from './frozen.module.css';
import { StatusIcon } from './status.tsx';

/** Until when nothing new is deployed to an environment, and why. */
export function Frozen({ frozen }: Pick<EnvironmentList['items'][number], 'frozen'>) {
  const { t, i18n } = useTranslation();
  if (frozen === null) return null;
  const until = new Date(frozen.until).toLocaleString(i18n.language, {
    dateStyle: 'medium',
    timeStyle: 'short',
  });
  return (
    <p className={css.frozen}>
      <StatusIcon status="suspended" size={15} />
      <span title={frozen.text}>{t('environment.frozen', { until, reason: frozen.reason })}</span>
    </p>
  );
}
