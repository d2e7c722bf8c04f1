import { useTranslation } from 'react-i18next';
import type { StoredCause, StoredDiagnosis, StoredPod } from '../../domain/stored-diagnosis.ts';
import { CauseFacts } from '../parts/cause-facts.tsx';
import facts from '../parts/fact-table.module.css';
import { useToldHint } from '../parts/told-hint.ts';
import css from './run-evidence.module.css';

/** What a diagnosis rests upon: at first sight what differs from rollout to rollout, the rest for who asks. */
export function RunEvidence({ causes, changes }: StoredDiagnosis) {
  const { t } = useTranslation();
  const pods = causes.flatMap((cause) => cause.pods).filter(isFirst);
  return (
    <>
      {causes.length > 1 && (
        <div>
          <p className={css.label}>{t('cause.others')}</p>
          <ol className={css.others} start={2}>
            {causes.slice(1).map((cause) => (
              <li key={cause.message}>
                <CauseFacts cause={cause} /> <span lang="en">{cause.message}</span>{' '}
                <CauseHint hint={cause.hint} />
              </li>
            ))}
          </ol>
        </div>
      )}
      {causes.map(({ message, nodes }) => nodes.length > 0 && <Nodes key={message} nodes={nodes} />)}
      {pods.map((pod) => (
        <Pod key={pod.name} pod={pod} />
      ))}
      {changes.length > 0 && (
        <details className={css.more}>
          <summary>{t('cause.changes', { count: changes.length })}</summary>
          <ul lang="en">
            {changes.map((line) => (
              <li key={line}>
                <code>{line}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function CauseHint({ hint }: Pick<StoredCause, 'hint'>) {
  const told = useToldHint(hint);
  return (
    <span className={css.quiet} lang={told === undefined ? 'en' : undefined}>
      {told ?? hint}
    </span>
  );
}

function isFirst({ name }: StoredPod, index: number, all: StoredPod[]): boolean {
  return all.findIndex((other) => other.name === name) === index;
}

function Nodes({ nodes }: Pick<StoredCause, 'nodes'>) {
  const { t } = useTranslation();
  return (
    <table className={`${facts.table} ${css.nodes}`}>
      <caption>{t('cause.nodes')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('cause.node')}</th>
          <th scope="col">{t('cause.freeCpu')}</th>
          <th scope="col">{t('cause.freeMemory')}</th>
          <th scope="col">{t('cause.against')}</th>
        </tr>
      </thead>
      <tbody>
        {nodes.map(({ node, cpu, memory, why }) => (
          <tr key={node}>
            <th scope="row">{node}</th>
            <td>{cpu}</td>
            <td>{memory}</td>
            <td lang="en">{why.length === 0 ? t('cause.nothing') : why.join('; ')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Pod({ pod: { name, node, containers, events } }: { pod: StoredPod }) {
  const { t } = useTranslation();
  if (containers.length + events.length === 0) return null;
  return (
    <details className={css.more}>
      <summary>
        {node === undefined ? t('cause.pod', { pod: name }) : t('cause.podOn', { pod: name, node })}
      </summary>
      <ul lang="en">
        {containers.map(({ name: container, state, restarts }) => (
          <li key={container}>
            <strong>{container}</strong> {state} {restarts > 0 && `(${restarts} ×)`}
          </li>
        ))}
      </ul>
      {events.length > 0 && (
        <table className={`${facts.table} ${css.nodes}`}>
          <caption>{t('cause.events')}</caption>
          <tbody lang="en">
            {events.map(({ at, reason, message, count }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: they are never reordered, and may be the same
              <tr key={index}>
                <td>
                  <EventTime at={at} />
                </td>
                <th scope="row">{reason}</th>
                <td>
                  {message} {count > 1 && `(${count} ×)`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}

function EventTime({ at }: { at: string }) {
  const { i18n } = useTranslation();
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return null;
  return (
    <time dateTime={at} title={time.toLocaleString(i18n.language)}>
      {time.toLocaleTimeString(i18n.language)}
    </time>
  );
}
