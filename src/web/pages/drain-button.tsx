import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { apiPath, postJson } from '../api/client.ts';
import type { WorkerList } from '../api/types.ts';
import { ProblemNotice } from '../parts/notice.tsx';

/** Asks a worker to take no more runs, or to take some again; its state follows within 5 s. */
export function DrainButton({ worker }: { worker: WorkerList['items'][number] }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const act = worker.isDrainAsked ? 'resume' : 'drain';
  const ask = useMutation({
    mutationFn: () => postJson(apiPath`/workers/${worker.id}/${act}`),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['workers'] }),
  });
  return (
    <>
      <Button
        size="xs"
        variant="default"
        loading={ask.isPending}
        title={t(`workers.${act}Help`)}
        aria-label={t(`workers.${act}Named`, { host: worker.host, pid: worker.pid })}
        onClick={() => ask.mutate()}
      >
        {t(`workers.${act}`)}
      </Button>
      {ask.isError && <ProblemNotice error={ask.error} />}
    </>
  );
}
