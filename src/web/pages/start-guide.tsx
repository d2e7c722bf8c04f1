import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { environmentsQuery, pipelinesQuery, repositoriesQuery, setupQuery } from '../api/queries.ts';
import type { EnvironmentList, Pipeline, PipelineProblem, Repository, Setup } from '../api/types.ts';
import { CodeBlock } from '../parts/code-block.tsx';
import { HookHelp } from '../parts/hook-help.tsx';
import { ProblemNotice, RowsComing } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { RunButton } from '../parts/run-dialog.tsx';
import { RunLink } from '../parts/run-facts.tsx';
import { StatusBadge, StatusIcon, statusOf } from '../parts/status.tsx';
import { BrokenFiles } from './broken-files.tsx';
import css from './start-guide.module.css';
import { environmentYaml, pipelineYaml, repositoryYaml } from './start-yaml.ts';

/** From nothing to the first run of one's own repository: what is there, what is missing, what to write next. */
export function StartGuide() {
  const { t } = useTranslation();
  const [repositories, environments, pipelines, setup] = useQueries({
    queries: [repositoriesQuery, environmentsQuery, pipelinesQuery, setupQuery],
  });
  const error = repositories.error ?? environments.error ?? pipelines.error ?? setup.error;
  if (error !== null) return <ProblemNotice error={error} onRetry={() => location.reload()} />;
  if (!repositories.data || !environments.data || !pipelines.data || !setup.data) return <RowsComing />;
  const facts = {
    repositories: repositories.data.items,
    environments: environments.data.items,
    registries: setup.data.registries,
    pipelines: pipelines.data.items,
    problems: pipelines.data.problems,
    pipelinesFolder: setup.data.pipelinesFolder,
  };
  const steps = stepsOf(facts, t);
  const next = steps.findIndex(({ isDone }) => !isDone);
  return (
    <div className={css.guide}>
      <PageHead title={t('start.title')}>
        <p className={css.lead}>{t('start.lead')}</p>
      </PageHead>
      <ol className={css.steps}>
        {steps.map(({ title, isDone, done, body }, index) => (
          <li key={title} data-is-done={isDone || undefined} data-is-next={index === next || undefined}>
            <span className={css.sign}>
              {isDone ? <StatusIcon status="succeeded" size={22} /> : <span>{index + 1}</span>}
            </span>
            <h2>
              {title}
              {isDone && <span className={css.done}>{done}</span>}
            </h2>
            <details open={index === next}>
              <summary>{isDone ? t(index < 3 ? 'start.again' : 'start.show') : t('start.how')}</summary>
              <div className={css.body}>{body}</div>
            </details>
          </li>
        ))}
      </ol>
    </div>
  );
}

interface Facts {
  repositories: readonly Repository[];
  environments: EnvironmentList['items'];
  registries: Setup['registries'];
  pipelines: readonly Pipeline[];
  problems: readonly PipelineProblem[];
  pipelinesFolder: string;
}

interface GuideStep {
  title: string;
  isDone: boolean;
  /** What is there. */
  done: string;
  body: ReactNode;
}

type Translate = ReturnType<typeof useTranslation>['t'];

function stepsOf(facts: Facts, t: Translate): GuideStep[] {
  const { repositories, environments, registries, pipelines } = facts;
  const names = (of: readonly { name: string }[]) => of.map(({ name }) => name).join(', ');
  return [
    {
      title: t('start.repository'),
      isDone: repositories.length > 0,
      done: names(repositories),
      body: (
        <>
          <p>{t('start.repositoryHelp')}</p>
          <CodeBlock title="trunkline.yaml" text={repositoryYaml} />
          <p>{t('start.restart')}</p>
        </>
      ),
    },
    {
      title: t('start.target'),
      isDone: environments.length > 0 && registries.length > 0,
      done: [names(registries), names(environments)].filter(Boolean).join(' · '),
      body: (
        <>
          <p>{t('start.targetHelp')}</p>
          <CodeBlock title="trunkline.yaml" text={environmentYaml} />
          <p>{t('start.restart')}</p>
        </>
      ),
    },
    {
      title: t('start.pipeline'),
      isDone: pipelines.length > 0,
      done: names(pipelines),
      body: <PipelineStep {...facts} />,
    },
    {
      title: t('start.run'),
      isDone: pipelines.some(({ latestRun }) => latestRun !== null),
      done: '',
      body: <RunStep {...facts} />,
    },
    {
      title: t('start.hook'),
      isDone: repositories.some(({ lastHookAt }) => lastHookAt !== null),
      done: t('start.hookComes'),
      body: <HookStep {...facts} />,
    },
  ];
}

function PipelineStep({ repositories, environments, problems, pipelinesFolder }: Facts) {
  const { t } = useTranslation();
  const names = {
    repository: repositories[0]?.name ?? 'shop',
    environment: environments[0]?.name ?? 'staging',
  };
  return (
    <>
      <BrokenFiles problems={problems} />
      <p>{t('start.pipelineHelp', { folder: pipelinesFolder })}</p>
      <CodeBlock title="cart.yaml" text={pipelineYaml(names)} />
      <p>{t('start.lint')}</p>
      <CodeBlock title="shell" text={`trunkline lint ${pipelinesFolder}/*.yaml`} />
    </>
  );
}

function RunStep({ pipelines }: Facts) {
  const { t } = useTranslation();
  const [first] = pipelines;
  if (first === undefined) return <p>{t('start.runLater')}</p>;
  const { latestRun } = first;
  return (
    <>
      <p>{t('start.runHelp')}</p>
      <div className={css.row}>
        <RunButton pipeline={first} />
        {latestRun !== null && (
          <>
            <RunLink run={latestRun} />
            <StatusBadge status={statusOf(latestRun)} />
          </>
        )}
      </div>
    </>
  );
}

function HookStep({ repositories }: Facts) {
  const { t } = useTranslation();
  const [first] = repositories;
  if (first === undefined) return <p>{t('start.hookLater')}</p>;
  return (
    <>
      <HookHelp repository={first} />
      <p>
        <Link to="/repositories/$name" params={{ name: first.name }}>
          {t('start.toRepository', { name: first.name })}
        </Link>
      </p>
    </>
  );
}
