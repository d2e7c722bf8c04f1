import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run, RunSummary } from '../../http/schemas/run.ts';
import { apiPath, postJson } from '../api/client.ts';
import { Icon } from '../parts/icon.tsx';
import { ProblemNotice } from '../parts/notice.tsx';
import { CancelDialog } from './cancel-dialog.tsx';
import css from './run-actions.module.css';

/** Cancel while it goes on; afterwards again from what failed, or again from the start. */
export function RunActions({ run }: { run: Run }) {
  return run.state === 'ended' ? <Repeats run={run} /> : <Cancel run={run} />;
}

function Cancel({ run }: { run: Run }) {
  const { t } = useTranslation();
  const [isAsking, setIsAsking] = useState(false);
  return (
    <>
      <Button
        variant="default"
        leftSection={<Icon name="stop" />}
        disabled={run.cancel !== null}
        onClick={() => setIsAsking(true)}
      >
        {t('run.cancel')}
      </Button>
      <CancelDialog run={run} isOpen={isAsking} onClose={() => setIsAsking(false)} />
    </>
  );
}

function Repeats({ run }: { run: Run }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const repeat = useMutation({
    mutationFn: (act: 'retry' | 'rerun') => postJson<RunSummary>(apiPath`/runs/${run.id}/${act}`),
    onSuccess: ({ pipeline, number }) => {
      void queryClient.invalidateQueries({ queryKey: ['runs', 'list'] });
      return navigate({ to: '/runs/$reference', params: { reference: `${pipeline}:${number}` } });
    },
  });
  const button = (act: 'retry' | 'rerun', variant: 'filled' | 'default') => (
    <Button
      variant={variant}
      leftSection={<Icon name="again" />}
      loading={repeat.isPending && repeat.variables === act}
      title={t(`run.${act}Help`)}
      onClick={() => repeat.mutate(act)}
    >
      {t(`run.${act}`)}
    </Button>
  );
  return (
    <div className={css.repeats}>
      <div className={css.buttons}>
        {run.outcome !== 'succeeded' && button('retry', 'filled')}
        {button('rerun', 'default')}
      </div>
      {repeat.isError && <ProblemNotice error={repeat.error} />}
    </div>
  );
}
