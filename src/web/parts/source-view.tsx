import { Fragment } from 'react';
import type { PipelineProblem } from '../api/types.ts';
import css from './source-view.module.css';

interface SourceViewProps {
  /** What it is, for those who cannot see it. */
  label: string;
  source: string;
  problems?: readonly PipelineProblem[];
  /** Only the lines with problems, and so many around each. */
  context?: number;
}

/** A YAML file with its line numbers, and under each wrong line what is wrong with it. */
export function SourceView({ label, source, problems = [], context }: SourceViewProps) {
  const lines = source.replace(/\n$/, '').split('\n');
  const isNear = (number: number) =>
    context === undefined || problems.some(({ line }) => Math.abs(line - number) <= context);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={css.source} tabIndex={0} aria-label={label}>
      {lines.map((text, index) => {
        const number = index + 1;
        if (!isNear(number)) return null;
        const own = problems.filter(({ line }) => line === number);
        return (
          <Fragment key={number}>
            <div className={css.line} data-wrong={own.length > 0 || undefined}>
              <span className={css.number}>{number}</span>
              <code>{coloured(text)}</code>
            </div>
            {own.map((problem) => (
              <ProblemLine key={`${problem.column} ${problem.message}`} problem={problem} line={text} />
            ))}
          </Fragment>
        );
      })}
    </section>
  );
}

/** What stands before the place is there again, unseen: so the arrow is below it, however wide its letters are. */
function ProblemLine({
  problem: { column, message, hint },
  line,
}: {
  problem: PipelineProblem;
  line: string;
}) {
  return (
    <div className={css.problem} lang="en">
      <span className={css.place} aria-hidden="true">
        <span>{line.slice(0, Math.max(0, column - 1))}</span>
        <b>↑</b>
      </span>
      <span className={css.words}>
        {message}
        {hint !== undefined && <em> {hint}</em>}
      </span>
    </div>
  );
}

/** Keys and comments apart from values: enough to read YAML by. */
function coloured(text: string) {
  const match = /^(?<before>[\s-]*)(?<key>[\w.${}-]+:)?(?<rest>.*?)(?<comment>(?:^|\s)#.*)?$/s.exec(
    text,
  )?.groups;
  if (match === undefined) return text;
  return (
    <>
      {match.before}
      <span className={css.key}>{match.key}</span>
      {match.rest}
      <span className={css.comment}>{match.comment}</span>
    </>
  );
}
