import { useTranslation } from 'react-i18next';
import type { Repository } from '../api/types.ts';
import css from './status.module.css';
import { StatusIcon } from './status.tsx';

const signs = { new: 'queued', ok: 'succeeded', failing: 'failed' } as const;
const tones = { new: 'wait', ok: 'ok', failing: 'bad' } as const;

/** How its watcher fares. */
export function RepositoryState({ state }: Pick<Repository, 'state'>) {
  const { t } = useTranslation();
  return (
    <span className={css.badge} data-tone={tones[state]}>
      <StatusIcon status={signs[state]} size={14} />
      {t(`repository.${state}`)}
    </span>
  );
}
