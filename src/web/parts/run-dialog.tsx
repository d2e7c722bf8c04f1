import { Button, Modal, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunSummary } from '../../http/schemas/run.ts';
import { apiPath, postJson } from '../api/client.ts';
import type { Pipeline } from '../api/types.ts';
import { Icon } from './icon.tsx';
import { ProblemNotice } from './notice.tsx';
import { initialValues, ParameterField } from './parameter-field.tsx';
import css from './run-dialog.module.css';

type RunnablePipeline = Pick<Pipeline, 'name' | 'parameters'>;

/** Asks for a run: of the newest revision of the trunk, or of what is written. */
export function RunButton({ pipeline }: { pipeline: RunnablePipeline }) {
  const { t } = useTranslation();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button leftSection={<Icon name="play" />} onClick={() => setIsOpen(true)}>
        {t('runDialog.open')}
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => setIsOpen(false)}
        title={t('runDialog.title', { pipeline: pipeline.name })}
        closeButtonProps={{ 'aria-label': t('dialog.close') }}
      >
        <RunForm pipeline={pipeline} />
      </Modal>
    </>
  );
}

function RunForm({ pipeline: { name: pipeline, parameters } }: { pipeline: RunnablePipeline }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [branch, setBranch] = useState('');
  const [revision, setRevision] = useState('');
  const [values, setValues] = useState(() => initialValues(parameters));
  const request = useMutation({
    mutationFn: () =>
      postJson<RunSummary>(apiPath`/pipelines/${pipeline}/runs`, {
        ...(branch.trim() !== '' && { branch: branch.trim() }),
        ...(revision.trim() !== '' && { revision: revision.trim().replace(/^r(?=\d+$)/, '') }),
        ...(parameters.length > 0 && { parameters: values }),
      }),
    onSuccess: ({ number }) =>
      navigate({ to: '/runs/$reference', params: { reference: `${pipeline}:${number}` } }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    request.mutate();
  };
  return (
    <form className={css.form} onSubmit={submit}>
      <TextInput
        label={t('runDialog.branch')}
        description={t('runDialog.branchHelp')}
        placeholder="trunk"
        value={branch}
        onChange={(event) => setBranch(event.currentTarget.value)}
        data-autofocus
      />
      <TextInput
        label={t('runDialog.revision')}
        description={t('runDialog.revisionHelp')}
        placeholder="HEAD"
        value={revision}
        onChange={(event) => setRevision(event.currentTarget.value)}
      />
      {parameters.map((parameter) => (
        <ParameterField
          key={parameter.name}
          parameter={parameter}
          value={values[parameter.name]}
          onChange={(value) => setValues((before) => ({ ...before, [parameter.name]: value }))}
        />
      ))}
      {request.isError && <ProblemNotice error={request.error} />}
      <Button type="submit" loading={request.isPending}>
        {t('runDialog.run')}
      </Button>
    </form>
  );
}
