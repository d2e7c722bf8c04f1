import { Button, Modal, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApprovalView } from '../../http/schemas/approval.ts';
import type { Run } from '../../http/schemas/run.ts';
import { apiPath, postJson } from '../api/client.ts';
import { Icon } from '../parts/icon.tsx';
import { ProblemNotice } from '../parts/notice.tsx';
import { StatusIcon } from '../parts/status.tsx';
import { Ago } from '../parts/times.tsx';
import css from './approval-card.module.css';
import dialogCss from './cancel-dialog.module.css';

/** For each step that waits for people: what they are asked, about what exactly, and who has decided. */
export function ApprovalCards({ run }: { run: Run }) {
  return run.steps.flatMap(({ id, state, approval }) =>
    state === 'waiting' && approval !== null && run.state !== 'ended' ? (
      <ApprovalCard key={id} run={run} step={id} approval={approval} />
    ) : (
      []
    ),
  );
}

interface CardProps {
  run: Run;
  step: string;
  approval: ApprovalView;
}

type Act = 'approve' | 'reject';

function ApprovalCard({ run, step, approval }: CardProps) {
  const { t } = useTranslation();
  const [act, setAct] = useState<Act>();
  const { by, count, message, until } = approval;
  const approved = approval.decisions.filter(({ isVoid }) => !isVoid);
  return (
    <section className={css.card} aria-label={t('approval.title', { step })}>
      <div className={css.asked}>
        <p className={css.where}>
          {t('approval.where', { step, roles: by.join(', ') })}
          {count > 1 && ` ${t('approval.count', { given: approved.length, count })}`}
          {until !== null && (
            <>
              {' · '}
              {t('approval.until')} <Ago at={until} />
            </>
          )}
        </p>
        {message !== null && <p className={css.message}>{message}</p>}
        <Subject approval={approval} />
        {approved.map(({ who, verdict, comment, at }) => (
          <p key={who} className={css.decision}>
            <StatusIcon status={verdict === 'approved' ? 'succeeded' : 'rejected'} size={15} />
            <span>
              {who} · <Ago at={at} />
              {comment !== null && `: ${comment}`}
            </span>
          </p>
        ))}
      </div>
      <div className={css.buttons}>
        <Button leftSection={<Icon name="check" />} onClick={() => setAct('approve')}>
          {t('approval.approve')}
        </Button>
        <Button variant="default" leftSection={<Icon name="stop" />} onClick={() => setAct('reject')}>
          {t('approval.reject')}
        </Button>
      </div>
      <Modal
        opened={act !== undefined}
        onClose={() => setAct(undefined)}
        title={t(`approval.${act ?? 'approve'}Title`, { step, run: `${run.pipeline} #${run.number}` })}
        closeButtonProps={{ 'aria-label': t('dialog.close') }}
      >
        <Decision {...{ run, step, approval }} act={act ?? 'approve'} onClose={() => setAct(undefined)} />
      </Modal>
    </section>
  );
}

/** Exactly what is decided about. */
function Subject({ approval: { images, manifests, changes, manualChanges } }: Pick<CardProps, 'approval'>) {
  const { t } = useTranslation();
  const steps = Object.keys(manifests);
  return (
    <ul className={css.subject}>
      {Object.values(images).map((image) => (
        <li key={image}>
          <code>{image}</code>
        </li>
      ))}
      {steps.length > 0 && <li>{t('approval.manifests', { steps: steps.join(', ') })}</li>}
      {changes.length > 0 && (
        <li>
          {t('approval.changes')}
          <pre className={css.manual} lang="en">
            {changes.join('\n')}
          </pre>
        </li>
      )}
      {manualChanges.length > 0 && (
        <li>
          {t('approval.manualChanges')}
          <pre className={css.manual} lang="en">
            {manualChanges.join('\n')}
          </pre>
        </li>
      )}
    </ul>
  );
}

function Decision({ run, step, approval, act, onClose }: CardProps & { act: Act; onClose(): void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [comment, setComment] = useState('');
  const said = comment.trim();
  const hasSubject = [approval.images, approval.manifests].some((of) => Object.keys(of).length > 0);
  const decide = useMutation({
    mutationFn: () =>
      postJson(apiPath`/runs/${run.id}/steps/${step}/${act}`, {
        ...(approval.subject !== null && { subject: approval.subject }),
        ...(said !== '' && { comment: said }),
      }),
    onSuccess: () => {
      onClose();
      return queryClient.invalidateQueries({ queryKey: ['runs'] });
    },
  });
  return (
    <div className={dialogCss.dialog}>
      <p>{t(act === 'approve' && !hasSubject ? 'approval.approveBare' : `approval.${act}What`)}</p>
      {act === 'approve' && hasSubject && <Subject approval={approval} />}
      <Textarea
        label={t('approval.comment')}
        maxLength={1000}
        autosize
        minRows={2}
        value={comment}
        onChange={({ currentTarget }) => setComment(currentTarget.value)}
      />
      {decide.isError && <ProblemNotice error={decide.error} />}
      <div className={dialogCss.buttons}>
        <Button variant="default" onClick={onClose}>
          {t('approval.back')}
        </Button>
        <Button
          {...(act === 'reject' && { color: 'red' })}
          loading={decide.isPending}
          onClick={() => decide.mutate()}
        >
          {t(`approval.${act}`)}
        </Button>
      </div>
    </div>
  );
}
