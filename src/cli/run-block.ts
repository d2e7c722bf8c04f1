import { revisionLabel } from '../domain/revision-label.ts';
import type { Run, Step, StepProgress } from './answers.ts';
import { cutLine } from './cut-line.ts';
import { amountText, barText } from './progress-text.ts';
import { nameOf, paintStatus, statusOf, stepStatusOf } from './run-text.ts';
import { oneLine } from './safe-text.ts';
import { type PlacedStep, placeSteps } from './step-levels.ts';
import type { Terminal } from './terminal.ts';
import { durationText } from './times.ts';

/**
 * A run as it stands, in a few lines: its steps from top to bottom, side by side where they run so, and below a step
 * that works how far it has come. Fits the terminal, but for the cause of a failure, which is shown whole.
 */
export function runBlock(terminal: Terminal, run: Run, now: Date): string {
  const { paint, columns } = terminal;
  const cut = (line: string) => cutLine(line, columns);
  const where = `${oneLine(run.branch)} at ${revisionLabel(run.revision)}`;
  const by = run.author === null ? '' : ` by ${oneLine(run.author)}`;
  const status = statusOf(run);
  const head = [
    paint('bold', nameOf(run)),
    paintStatus(terminal, status),
    durationText(run, now),
    paint('dim', where + by),
  ];
  const idWidth = Math.max(0, ...run.steps.map(({ id }) => id.length));
  const itemsAtMost = itemsThatFit(terminal, run);
  const lines = placeSteps(run.steps).flatMap((placed) => [
    cut(stepLine(terminal, placed, { idWidth, now })),
    ...progressLines(terminal, placed.step, itemsAtMost).map(cut),
    ...causeLines(terminal, placed.step),
  ]);
  const isHeldUp = run.state === 'queued' || run.state === 'waiting';
  const waitsFor = isHeldUp && run.reason !== null ? [cut(`   ${oneLine(run.reason)}`)] : [];
  return [cut(head.filter(Boolean).join('  ')), ...waitsFor, ...lines].join('\n');
}

/** In front of steps that may run side by side. */
export const rails = { alone: ' ', first: '┌', between: '├', last: '└' };

function stepLine(
  terminal: Terminal,
  { step, place, after }: PlacedStep<Step>,
  { idWidth, now }: { idWidth: number; now: Date },
): string {
  const { paint } = terminal;
  const mark = markOf(terminal, step, now);
  const note = step.state === 'running' ? (step.progress?.text ?? '') : (step.reason ?? '');
  const isCause = causeLines(terminal, step).length > 0;
  const waiting = step.state === 'pending' && after.length > 0 ? `after ${after.join(', ')}` : '';
  const parts = [
    `${paint('dim', rails[place])} ${mark} ${step.id.padEnd(idWidth)}`,
    durationText(step, now).padStart(7),
    isCause ? paintStatus(terminal, stepStatusOf(step)) : paint('dim', oneLine(note || waiting)),
  ];
  return parts.join('  ').trimEnd();
}

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
/** How long each picture of the spinner stays. */
export const spinnerMs = 120;

function markOf(terminal: Terminal, step: Step, now: Date): string {
  const status = stepStatusOf(step);
  const turning = spinner[Math.floor(now.getTime() / spinnerMs) % spinner.length] ?? '';
  const marks: Record<string, string> = {
    pending: '○',
    waiting: '◔',
    running: turning,
    succeeded: '✔',
    skipped: '-',
    superseded: '-',
    warning: '!',
  };
  return paintStatus(terminal, status, marks[status] ?? '✖');
}

const indent = '      ';

/** The bar, and what goes on side by side. */
function progressLines(terminal: Terminal, step: Step, itemsAtMost: number): string[] {
  const { progress } = step;
  if (step.state !== 'running' || progress === null) return [];
  const bar = barText(terminal, progress, Math.min(30, terminal.columns - 40));
  const amount = [terminal.paint('dim', phaseText(progress)), bar, amountText(progress)].filter(Boolean);
  const shown = mostUrgent(progress.items, itemsAtMost);
  const hidden = progress.items.length - shown.length;
  const more = hidden === 0 ? [] : [terminal.paint('dim', `${indent}  and ${hidden} more`)];
  const nameWidth = Math.max(0, ...shown.map(({ name }) => name.length));
  return [
    indent + amount.join('  '),
    ...shown.map((item) => indent + itemText(terminal, item, nameWidth)),
    ...more,
  ];
}

function phaseText({ phase }: StepProgress): string {
  return phase.replace('-', ' ');
}

type Item = StepProgress['items'][number];
const itemMarks: Record<string, [mark: string, status: string]> = {
  waiting: ['○', 'pending'],
  working: ['●', 'running'],
  done: ['✔', 'succeeded'],
  failed: ['✖', 'failed'],
};

function itemText(terminal: Terminal, { name, state, text, done, total }: Item, nameWidth: number): string {
  const [mark, status] = itemMarks[state] ?? ['●', 'running'];
  const bar = total !== null && state === 'working' ? barText(terminal, { done: done ?? 0, total }, 12) : '';
  const parts = [oneLine(name).padEnd(nameWidth), bar, oneLine(text ?? '')].filter(Boolean);
  return `${paintStatus(terminal, status, mark)} ${parts.join('  ')}`;
}

/** What fails and what works first, where not all have room; in their own order. */
function mostUrgent(items: Item[], atMost: number): Item[] {
  if (items.length <= atMost) return items;
  const urgency = ['failed', 'working', 'waiting', 'done'];
  const chosen = items
    .toSorted((left, right) => urgency.indexOf(left.state) - urgency.indexOf(right.state))
    .slice(0, Math.max(1, atMost));
  return items.filter((item) => chosen.includes(item));
}

const mostItems = 10;

/** Each step takes a line, and a running one three more with its cause or its bar. */
function itemsThatFit({ rows }: Terminal, run: Run): number {
  const running = run.steps.filter((step) => step.state === 'running' && step.progress !== null).length;
  const free = rows - 4 - run.steps.length - 2 * running;
  return Math.max(1, Math.min(mostItems, Math.floor(free / Math.max(1, running))));
}

/** Why a step ended unhappily. */
function causeLines(terminal: Terminal, step: Step): string[] {
  const isUnhappy = step.outcome !== null && !['succeeded', 'skipped', 'superseded'].includes(step.outcome);
  if (!isUnhappy || step.reason === null) return [];
  return [indent + terminal.paint(step.isWarning ? 'yellow' : 'red', oneLine(step.reason))];
}
