import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { revisionLabel } from '../../domain/revision-label.ts';
import type { RunSummary } from '../../http/schemas/run.ts';
import { Foreign } from './foreign.tsx';
import { Icon } from './icon.tsx';
import css from './run-facts.module.css';

/** As people say and write it: `cart #12`. */
export function RunLink({ run }: { run: { pipeline: string; number: number } }) {
  return (
    <Link to="/runs/$reference" params={{ reference: `${run.pipeline}:${run.number}` }} className={css.run}>
      {run.pipeline} <span>#{run.number}</span>
    </Link>
  );
}

/** Where it comes from, in one line: branch, revision, author. */
export function Origin({
  run,
}: {
  run: Pick<RunSummary, 'branch' | 'revision'> & { author?: string | null };
}) {
  return (
    <span className={css.origin}>
      <span>
        <Icon name="branch" /> <Foreign>{run.branch}</Foreign>
      </span>
      <span>
        <Icon name="commit" /> <code>{revisionLabel(run.revision)}</code>
      </span>
      {run.author != null && (
        <span>
          <Icon name="person" /> <Foreign>{run.author}</Foreign>
        </span>
      )}
    </span>
  );
}

/** Why there is this run, in a few words. */
export function Trigger({ run }: { run: Pick<RunSummary, 'trigger' | 'requestedBy'> }) {
  const { t } = useTranslation();
  return <>{t(`trigger.${run.trigger}`, { by: run.requestedBy })}</>;
}

/** The first line of what the author said. */
export function headline(message: string): string {
  return message.trimStart().split('\n', 1)[0] ?? '';
}
