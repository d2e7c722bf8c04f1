import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { pipelineFileQuery } from '../api/queries.ts';
import type { PipelineProblem } from '../api/types.ts';
import { Icon } from '../parts/icon.tsx';
import { SourceView } from '../parts/source-view.tsx';
import css from './broken-files.module.css';

/** Files that start nothing until they are mended, each with what is wrong beside its line. */
export function BrokenFiles({ problems }: { problems: readonly PipelineProblem[] }) {
  const files = Object.entries(Object.groupBy(problems, ({ file }) => file));
  return files.map(([file, of = []]) => <BrokenFile key={file} file={file} problems={of} />);
}

function BrokenFile({ file, problems }: { file: string; problems: readonly PipelineProblem[] }) {
  const { t } = useTranslation();
  const read = useQuery(pipelineFileQuery(file));
  return (
    <details className={css.file} open={problems.length < 4}>
      <summary>
        <Icon name="alert" size={16} />
        <strong>{file}</strong> {t('brokenFiles.count', { count: problems.length })}
      </summary>
      {read.data === undefined ? (
        <ul className={css.plain}>
          {problems.map(({ line, column, message }) => (
            <li key={`${line}:${column}:${message}`} lang="en">
              {line}:{column} {message}
            </li>
          ))}
        </ul>
      ) : (
        <SourceView label={file} source={read.data.source} problems={read.data.problems} context={2} />
      )}
    </details>
  );
}
