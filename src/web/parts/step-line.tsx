import { VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { StepKind } from '../../domain/pipeline.ts';
import type { Step } from '../api/types.ts';
import { layOut, type Station } from './line-layout.ts';
import { ProgressBar } from './progress-bar.tsx';
import { type Status, StatusIcon, stepStatusOf, toneOf } from './status.tsx';
import css from './step-line.module.css';
import { Duration } from './times.tsx';

/** What a pipeline says of a step; a run knows how it fares too. */
export type LineStep = Pick<Step, 'id' | 'kind' | 'runWhen'> & { needs: readonly string[] } & Partial<
    Pick<Step, 'state' | 'outcome' | 'isWarning' | 'startedAt' | 'endedAt' | 'progress'>
  > & { isConditional?: boolean };

interface StepLineProps {
  steps: readonly LineStep[];
  selected?: string | undefined;
  onSelect?(id: string): void;
}

const columnWidth = 184;
const rowHeight = 78;
const stationY = 22;

/** The steps as stations of a line, in the order in which they need each other. */
export function StepLine({ steps, selected, onSelect }: StepLineProps) {
  const { t } = useTranslation();
  const map = layOut(steps);
  const [width, height] = [map.columns * columnWidth, map.rows * rowHeight];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={css.frame} tabIndex={0} aria-label={t('step.line')}>
      <div className={css.map} style={{ width, height }}>
        <svg className={css.tracks} width={width} height={height} aria-hidden="true">
          {map.tracks.map(({ from, to }) => (
            <path
              key={`${from.step.id} ${to.step.id}`}
              d={trackPath(from, to)}
              data-tone={
                isPassed(from.step) || to.step.startedAt != null ? toneOf(lineStatus(to.step)) : 'wait'
              }
              data-is-plain={from.step.state === undefined || undefined}
            />
          ))}
        </svg>
        <ol>
          {map.stations.map(({ step, column, row }) => (
            <li
              key={step.id}
              style={{ left: column * columnWidth, top: row * rowHeight, width: columnWidth }}
            >
              <StationButton step={step} isSelected={step.id === selected} onSelect={onSelect}>
                <StationWords step={step} />
              </StationButton>
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

interface StationProps {
  step: LineStep;
  isSelected: boolean;
  onSelect: StepLineProps['onSelect'];
  children: ReactNode;
}

function StationButton({ step, isSelected, onSelect, children }: StationProps) {
  const sign =
    step.state === undefined ? (
      <span className={css.stop} />
    ) : (
      <span className={css.sign}>
        <StatusIcon status={lineStatus(step)} size={20} />
      </span>
    );
  if (onSelect === undefined) {
    return (
      <div className={css.station}>
        {sign}
        {children}
      </div>
    );
  }
  return (
    <button type="button" className={css.station} aria-pressed={isSelected} onClick={() => onSelect(step.id)}>
      {sign}
      {children}
    </button>
  );
}

function StationWords({ step }: { step: LineStep }) {
  const { t } = useTranslation();
  const isRunning = step.state === 'running';
  return (
    <span className={css.words}>
      <strong title={step.id}>{step.id}</strong>
      <span className={css.kind}>
        {t(`kind.${kindOf(step.kind)}`)}
        {step.state !== undefined && <Fate step={step} />}
        {step.runWhen !== 'on-success' && ` · ${t(`runWhen.${step.runWhen}`)}`}
        {step.isConditional && ` · ${t('step.conditional')}`}
      </span>
      {isRunning && step.progress != null && <ProgressBar progress={step.progress} isSmall />}
    </span>
  );
}

/** How it fares: in words where time does not say it, and always for those who do not see its sign. */
function Fate({ step }: { step: LineStep }) {
  const { t } = useTranslation();
  const status = lineStatus(step);
  const word = t(`status.${status}`);
  if (step.startedAt == null) return ` · ${word}`;
  const isPlain = status === 'succeeded' || status === 'running';
  return (
    <>
      {isPlain ? <VisuallyHidden component="span"> · {word}</VisuallyHidden> : ` · ${word}`}
      {' · '}
      <Duration from={step.startedAt} to={step.endedAt ?? null} />
    </>
  );
}

const kinds = {
  ...{ build: 'build', push: 'push', run: 'run', deploy: 'deploy' },
  ...{ job: 'job', approve: 'approve', trigger: 'trigger' },
} as const satisfies { [Kind in StepKind]: Kind };

/** A newer server may have a kind that this page does not know. */
function kindOf(kind: string): StepKind | 'other' {
  return Object.values(kinds).find((known) => known === kind) ?? 'other';
}

function lineStatus({ state = 'pending', outcome = null, isWarning = false }: LineStep): Status {
  return stepStatusOf({ state, outcome, isWarning });
}

/** What comes after it could begin. */
function isPassed(step: LineStep): boolean {
  return step.isWarning === true || toneOf(lineStatus(step)) === 'ok';
}

/** Leaves to the right, bends within the gap before the next column. */
function trackPath(from: Station<LineStep>, to: Station<LineStep>): string {
  const [x1, y1] = [from.column * columnWidth + stationY, from.row * rowHeight + stationY];
  const [x2, y2] = [to.column * columnWidth + stationY, to.row * rowHeight + stationY];
  if (y1 === y2) return `M${x1} ${y1}H${x2}`;
  const bend = x2 - 70;
  return `M${x1} ${y1}H${bend}C${bend + 35} ${y1} ${bend + 15} ${y2} ${x2 - 18} ${y2}H${x2}`;
}
