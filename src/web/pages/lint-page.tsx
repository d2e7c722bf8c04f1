import { Button, FileButton, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type DragEvent, type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { apiPath, postJson } from '../api/client.ts';
import type { PipelineProblem } from '../api/types.ts';
import { ProblemNotice } from '../parts/notice.tsx';
import { PageHead, Section } from '../parts/page-head.tsx';
import { SourceView } from '../parts/source-view.tsx';
import css from './lint-page.module.css';

interface FileText {
  text: string;
  file: string;
}

const unnamed = 'pipeline.yaml';
const mostBytes = 256 * 1024;

/** Checks a file that is written, pasted or dropped here, with the server's own code. */
export function LintPage() {
  const { t } = useTranslation();
  const [given, setGiven] = useState<FileText>({ text: '', file: unnamed });
  const [isTooLarge, setIsTooLarge] = useState(false);
  const lint = useMutation({
    mutationFn: (wish: FileText) => postJson<{ problems: PipelineProblem[] }>(apiPath`/lint`, wish),
  });
  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    setIsTooLarge(file.size > mostBytes);
    if (file.size > mostBytes) return;
    const read = { text: await file.text(), file: file.name };
    setGiven(read);
    lint.mutate(read);
  };
  return (
    <>
      <PageHead title={t('lint.title')}>
        <p className={css.lead}>{t('lint.lead')}</p>
      </PageHead>
      <LintForm
        text={given.text}
        error={isTooLarge ? t('lint.tooLarge') : undefined}
        isBusy={lint.isPending}
        onText={(text) => setGiven({ ...given, text })}
        onFile={(file) => void take(file)}
        onCheck={() => lint.mutate(given)}
      />
      <div className={css.result} aria-live="polite">
        {lint.isError && <ProblemNotice error={lint.error} />}
        {lint.isSuccess && <Result checked={lint.variables} problems={lint.data.problems} />}
      </div>
    </>
  );
}

interface LintFormProps {
  text: string;
  error: string | undefined;
  isBusy: boolean;
  onText(text: string): void;
  onFile(file: File | undefined): void;
  onCheck(): void;
}

function LintForm({ text, error, isBusy, onText, onFile, onCheck }: LintFormProps) {
  const { t } = useTranslation();
  const [isDropping, setIsDropping] = useState(false);
  const over = (event: DragEvent) => {
    event.preventDefault();
    setIsDropping(true);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setIsDropping(false);
    onFile(event.dataTransfer.files[0]);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onCheck();
  };
  return (
    <form
      className={css.form}
      data-is-dropping={isDropping || undefined}
      onDragOver={over}
      onDragLeave={() => setIsDropping(false)}
      onDrop={drop}
      onSubmit={submit}
    >
      <Textarea
        className={css.text}
        label={t('lint.text')}
        description={t('lint.hint')}
        error={error}
        autosize
        minRows={12}
        maxRows={30}
        spellCheck={false}
        value={text}
        onChange={({ currentTarget }) => onText(currentTarget.value)}
      />
      <div className={css.buttons}>
        <Button type="submit" loading={isBusy}>
          {t('lint.check')}
        </Button>
        <FileButton accept=".yaml,.yml" onChange={(file) => onFile(file ?? undefined)}>
          {(props) => (
            <Button variant="default" {...props}>
              {t('lint.choose')}
            </Button>
          )}
        </FileButton>
      </div>
    </form>
  );
}

function Result({ checked, problems }: { checked: FileText; problems: readonly PipelineProblem[] }) {
  const { t } = useTranslation();
  const own = problems.filter(({ file }) => file === checked.file);
  const elsewhere = problems.filter(({ file }) => file !== checked.file);
  const title = problems.length === 0 ? t('lint.good') : t('lint.found', { count: problems.length });
  return (
    <Section title={title}>
      <SourceView label={checked.file} source={checked.text} problems={own} />
      {elsewhere.length > 0 && (
        <>
          <h3>{t('lint.elsewhere')}</h3>
          <ul>
            {elsewhere.map(({ file, line, column, message }) => (
              <li key={`${file}:${line}:${column}:${message}`} lang="en">
                {file}:{line}:{column} {message}
              </li>
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}
