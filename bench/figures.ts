import { cpus, totalmem } from 'node:os';

/** How samples of one kind are spread; in the figure's unit. */
export interface Spread {
  min: number;
  median: number;
  p99: number;
  max: number;
}

/** A goal names one number of `ratio` (or of `ours`, for what has no floor in time) and its limit. */
export interface Goal {
  of: string;
  atMost?: number;
  atLeast?: number;
}

export interface Figure {
  figure: string;
  unit: string;
  ours: Spread;
  floor: Spread;
  /** Of the pairs that were measured one after the other: ours / floor. */
  ratio: Spread;
  /** null: only for comparison. */
  goal: Goal | null;
  met: boolean;
}

export interface BenchReport {
  name: string;
  machine: { cpu: string; cores: number; memoryGiB: number; node: string };
  n: number;
  figures: Figure[];
}

function spreadOf(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (part: number) =>
    sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
  return { min: at(1 / sorted.length), median: at(0.5), p99: at(0.99), max: at(1) };
}

/**
 * One for each goal, and without goals one for comparison.
 * @param pairs one sample of ours and one of the floor, measured next to each other
 */
export function figureOf(
  facts: { figure: string; unit: string; goals: Goal[] },
  pairs: readonly { ours: number; floor: number }[],
): Figure[] {
  const ours = spreadOf(pairs.map((pair) => pair.ours));
  const floor = spreadOf(pairs.map((pair) => pair.floor));
  const ratio = spreadOf(pairs.map((pair) => pair.ours / pair.floor));
  const measures = { figure: facts.figure, unit: facts.unit, ours, floor, ratio };
  if (facts.goals.length === 0) return [{ ...measures, goal: null, met: true }];
  return facts.goals.map((goal) => {
    const measured = numberAt({ ours, floor, ratio }, goal.of);
    const met =
      (goal.atMost === undefined || measured <= goal.atMost) &&
      (goal.atLeast === undefined || measured >= goal.atLeast);
    return { ...measures, goal, met };
  });
}

/** @param path such as `ratio.median` */
function numberAt(spreads: Record<string, Spread>, path: string): number {
  const [which = '', part = ''] = path.split('.');
  return spreads[which]?.[part as keyof Spread] ?? Number.NaN;
}

export function machine(): BenchReport['machine'] {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
}

/** The report as a table for people. */
export function renderReport(report: BenchReport): string {
  const { machine: host } = report;
  const rows = report.figures.flatMap((figure) => [
    `\n${figure.figure} (${figure.unit})`,
    row('', 'min', 'median', 'p99', 'max'),
    ...(['ours', 'floor', 'ratio'] as const).map((kind) => {
      const { min, median, p99, max } = figure[kind];
      return row(kind, ...[min, median, p99, max].map((value) => round(value)));
    }),
    figure.goal === null
      ? '  for comparison, without a goal'
      : `  goal: ${figure.goal.of} ${limit(figure.goal)}: ${figure.met ? 'met' : 'MISSED'}`,
  ]);
  const head = `${report.name}: n = ${report.n}, ${host.cores} x ${host.cpu}, ${host.memoryGiB} GiB, Node ${host.node}`;
  return [head, ...rows, ''].join('\n');
}

function row(head: string, ...cells: string[]): string {
  return `  ${head.padEnd(8)}${cells.map((cell) => cell.padStart(12)).join('')}`;
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function limit({ atMost, atLeast }: Goal): string {
  return atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
}
