import { useTranslation } from 'react-i18next';
import type { StoredCause } from '../../domain/stored-diagnosis.ts';

/** What kind of cause it is, and where: in the reader's language, from the facts that are stored of it. */
export function CauseFacts({ cause }: { cause: StoredCause }) {
  const { t } = useTranslation();
  const { class: kind, workload, container, pod, exitCode } = cause;
  const facts = [
    kind === undefined ? '' : t(`cause.classes.${kind}`),
    workload,
    container === undefined ? '' : t('cause.container', { name: container }),
    exitCode === undefined ? '' : t('cause.exit', { code: exitCode }),
    pod === undefined ? '' : t('cause.pods', pod),
  ];
  return <>{facts.filter((fact) => fact !== '').join(' · ')}</>;
}
