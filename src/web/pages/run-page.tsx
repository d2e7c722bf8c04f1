import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Run } from '../../http/schemas/run.ts';
import { useLiveRun } from '../api/use-live-run.ts';
import { LogView } from '../log/log-view.tsx';
import { ProblemNotice, RowsComing } from '../parts/notice.tsx';
import { Section } from '../parts/page-head.tsx';
import { StepLine } from '../parts/step-line.tsx';
import { ApprovalCards } from './approval-card.tsx';
import { RunArtifacts } from './run-artifacts.tsx';
import { RunCause } from './run-cause.tsx';
import { RunDeployments } from './run-deployments.tsx';
import { RunExternals } from './run-externals.tsx';
import { RunFiles } from './run-files.tsx';
import { RunHead } from './run-head.tsx';
import { RunImages } from './run-images.tsx';
import { RunOutputs } from './run-outputs.tsx';
import css from './run-page.module.css';
import { RunStep } from './run-step.tsx';
import { RunWhy } from './run-why.tsx';

/** One run, live: why it runs, what each step does now, its log, what came of it. */
export function RunPage() {
  const { reference } = useParams({ from: '/runs/$reference' });
  const run = useLiveRun(reference);
  if (run.isError && run.data === undefined) {
    return <ProblemNotice error={run.error} onRetry={() => run.refetch()} />;
  }
  if (run.data === undefined) return <RowsComing rows={6} height={60} />;
  return <LoadedRun key={run.data.id} run={run.data} />;
}

function LoadedRun({ run }: { run: Run }) {
  const { t } = useTranslation();
  const { step: chosen } = useSearch({ from: '/runs/$reference' });
  const navigate = useNavigate({ from: '/runs/$reference' });
  const choose = (id: string | undefined) =>
    navigate({
      search: id === undefined || id === chosen ? {} : { step: id },
      replace: true,
      resetScroll: false,
    });
  const shown =
    run.steps.find(({ id }) => id === chosen) ?? run.steps.find(({ state }) => state === 'running');
  return (
    <>
      <RunHead run={run} />
      <RunCause run={run} />
      <ApprovalCards run={run} />
      {run.steps.length > 0 && <StepLine steps={run.steps} selected={chosen} onSelect={choose} />}
      {shown !== undefined && <RunStep step={shown} />}
      <div className={css.columns}>
        <Section title={chosen === undefined ? t('log.title') : t('log.ofStep', { step: chosen })}>
          <LogView run={run} step={chosen} onAllSteps={() => choose(undefined)} />
        </Section>
        <div>
          <RunDeployments run={run} />
          <RunImages run={run} />
          <RunArtifacts run={run} />
          <RunOutputs run={run} />
          <RunExternals run={run} />
          <RunFiles run={run} />
          <RunWhy run={run} />
        </div>
      </div>
    </>
  );
}
