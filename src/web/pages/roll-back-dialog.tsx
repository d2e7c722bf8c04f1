import { Button, Modal } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { revisionLabel } from '../../domain/revision-label.ts';
import type { RunSummary } from '../../http/schemas/run.ts';
import { apiPath, postJson } from '../api/client.ts';
import type { Deployment } from '../api/types.ts';
import { workloadOf } from '../parts/deployment-facts.tsx';
import { Icon } from '../parts/icon.tsx';
import { ProblemNotice } from '../parts/notice.tsx';
import css from './cancel-dialog.module.css';

interface RollBackProps {
  /** What runs now. */
  from: Deployment;
  /** What ran healthily before, and is to run again. */
  to: Deployment;
  isSmall?: boolean;
}

/** Asks, naming both versions, and then makes a run that puts the earlier one back, without building anything. */
export function RollBackButton({ from, to, isSmall = false }: RollBackProps) {
  const { t } = useTranslation();
  const [isAsking, setIsAsking] = useState(false);
  const revision = revisionLabel(to.revision);
  return (
    <>
      <Button
        variant="default"
        size={isSmall ? 'xs' : 'sm'}
        leftSection={<Icon name="back" />}
        aria-label={t('rollBack.to', { revision, workload: workloadOf(to) })}
        onClick={() => setIsAsking(true)}
      >
        {isSmall ? revision : t('rollBack.button', { revision })}
      </Button>
      <Modal
        opened={isAsking}
        onClose={() => setIsAsking(false)}
        title={t('rollBack.title', { workload: workloadOf(to) })}
        closeButtonProps={{ 'aria-label': t('dialog.close') }}
      >
        <Question from={from} to={to} onClose={() => setIsAsking(false)} />
      </Modal>
    </>
  );
}

function Question({ from, to, onClose }: RollBackProps & { onClose(): void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const rollBack = useMutation({
    mutationFn: () =>
      postJson<RunSummary>(apiPath`/environments/${to.environment}/rollback`, {
        workload: workloadOf(to),
        run: to.runId,
      }),
    onSuccess: ({ pipeline, number }) => {
      void queryClient.invalidateQueries({ queryKey: ['environments'] });
      return navigate({ to: '/runs/$reference', params: { reference: `${pipeline}:${number}` } });
    },
  });
  return (
    <div className={css.dialog}>
      <p>
        {t('rollBack.question', {
          environment: to.environment,
          from: `${revisionLabel(from.revision)} (${from.pipeline} #${from.number})`,
          to: `${revisionLabel(to.revision)} (${to.pipeline} #${to.number})`,
        })}
      </p>
      <p>{t('rollBack.how')}</p>
      {rollBack.isError && <ProblemNotice error={rollBack.error} />}
      <div className={css.buttons}>
        <Button variant="default" onClick={onClose}>
          {t('rollBack.leave')}
        </Button>
        <Button color="red" loading={rollBack.isPending} onClick={() => rollBack.mutate()}>
          {t('rollBack.do')}
        </Button>
      </div>
    </div>
  );
}
