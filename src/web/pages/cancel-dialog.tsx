import { Button, Modal, Radio } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run } from '../../http/schemas/run.ts';
import { apiPath, postJson } from '../api/client.ts';
import { ProblemNotice } from '../parts/notice.tsx';
import css from './cancel-dialog.module.css';

interface CancelDialogProps {
  run: Run;
  isOpen: boolean;
  onClose(): void;
}

type Rollout = 'leave' | 'roll-back';

/** Asks whether to cancel, and, during a rollout, what is to become of it. */
export function CancelDialog({ run, isOpen, onClose }: CancelDialogProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [rollout, setRollout] = useState<Rollout>('roll-back');
  const isRollingOut = run.deployments.some(({ state }) => state === 'active');
  const cancel = useMutation({
    mutationFn: () => postJson(apiPath`/runs/${run.id}/cancel`, { rollout }),
    onSuccess: () => {
      onClose();
      return queryClient.invalidateQueries({ queryKey: ['runs'] });
    },
  });
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={t('cancelDialog.title', { run: `${run.pipeline} #${run.number}` })}
      closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      <div className={css.dialog}>
        <p>{t('cancelDialog.what')}</p>
        {isRollingOut && (
          <Radio.Group
            label={t('cancelDialog.rollout')}
            value={rollout}
            onChange={(value) => setRollout(value as Rollout)}
          >
            <div className={css.choices}>
              <Radio
                value="roll-back"
                label={t('cancelDialog.rollBack')}
                description={t('cancelDialog.rollBackHelp')}
              />
              <Radio
                value="leave"
                label={t('cancelDialog.leave')}
                description={t('cancelDialog.leaveHelp')}
              />
            </div>
          </Radio.Group>
        )}
        {cancel.isError && <ProblemNotice error={cancel.error} />}
        <div className={css.buttons}>
          <Button variant="default" onClick={onClose}>
            {t('cancelDialog.goOn')}
          </Button>
          <Button color="red" loading={cancel.isPending} onClick={() => cancel.mutate()}>
            {t('cancelDialog.cancel')}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
