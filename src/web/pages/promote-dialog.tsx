import { Button, Modal, NativeSelect } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { revisionLabel } from '../../domain/revision-label.ts';
import type { RunSummary } from '../../http/schemas/run.ts';
import { apiPath, postJson } from '../api/client.ts';
import { environmentsQuery } from '../api/queries.ts';
import type { Deployment } from '../api/types.ts';
import { workloadOf } from '../parts/deployment-facts.tsx';
import { Frozen } from '../parts/frozen.tsx';
import { ProblemNotice } from '../parts/notice.tsx';
import css from './cancel-dialog.module.css';
import { PromotionDifferences } from './promotion-preview.tsx';

/** Asks where to, and then makes a run that deploys what runs here there, without building anything. */
export function PromoteButton({ running }: { running: Deployment }) {
  const { t } = useTranslation();
  const [isAsking, setIsAsking] = useState(false);
  const [chosen, setChosen] = useState<string>();
  const environments = useQuery(environmentsQuery);
  const items = environments.data?.items ?? [];
  const others = items.map(({ name }) => name).filter((name) => name !== running.environment);
  const to = chosen ?? others[0];
  if (to === undefined) return null;
  const target = items.find(({ name }) => name === to);
  return (
    <>
      <Button
        variant="default"
        size="sm"
        aria-label={t('promote.label', { workload: workloadOf(running) })}
        onClick={() => setIsAsking(true)}
      >
        {t('promote.button')}
      </Button>
      <Modal
        opened={isAsking}
        onClose={() => setIsAsking(false)}
        title={t('promote.title', { revision: revisionLabel(running.revision), environment: to })}
        closeButtonProps={{ 'aria-label': t('dialog.close') }}
        size="xl"
      >
        <div className={css.dialog}>
          <NativeSelect
            label={t('promote.choose')}
            data={others}
            value={to}
            onChange={({ currentTarget }) => setChosen(currentTarget.value)}
          />
          {target !== undefined && <Frozen frozen={target.frozen} />}
          <Question running={running} to={to} onClose={() => setIsAsking(false)} />
        </div>
      </Modal>
    </>
  );
}

function Question({ running, to, onClose }: { running: Deployment; to: string; onClose(): void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const promote = useMutation({
    mutationFn: () =>
      postJson<RunSummary>(apiPath`/environments/${to}/promote`, {
        from: running.environment,
        workloads: [workloadOf(running)],
      }),
    onSuccess: ({ pipeline, number }) => {
      void queryClient.invalidateQueries({ queryKey: ['environments'] });
      return navigate({ to: '/runs/$reference', params: { reference: `${pipeline}:${number}` } });
    },
  });
  return (
    <>
      <p>{t('promote.how')}</p>
      <PromotionDifferences running={running} to={to} />
      {promote.isError && <ProblemNotice error={promote.error} />}
      <div className={css.buttons}>
        <Button variant="default" onClick={onClose}>
          {t('promote.leave')}
        </Button>
        <Button loading={promote.isPending} onClick={() => promote.mutate()}>
          {t('promote.do')}
        </Button>
      </div>
    </>
  );
}
