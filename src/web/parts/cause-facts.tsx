import { useTranslation } from 'react-i18next';
import type { RunListItem } from '../../http/schemas/run-list.ts';

/** What of a cause is told in facts, not in words. */
type Facts = NonNullable<RunListItem['cause']>;

/** What kind of cause it is, and where: in the reader's language, from the facts that are stored of it. */
export function CauseFacts({ cause }: { cause: Facts }) {
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

/** Why it ended so, in one line: the server's own words, which are English, in another language behind those facts. */
export function CauseLine({ cause, text }: { cause: Facts | null | undefined; text: string | null }) {
  const { i18n } = useTranslation();
  const isTranslated = cause?.class !== undefined && !i18n.language.startsWith('en');
  return (
    <>
      {isTranslated && (
        <>
          <CauseFacts cause={cause} />
          {' — '}
        </>
      )}
      <span lang="en">{text}</span>
    </>
  );
}
