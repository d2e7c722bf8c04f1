import { durationText } from '../domain/duration.ts';
import type { StepDefinition, StepKind } from '../domain/pipeline.ts';
import { cutLine } from './cut-line.ts';
import { rails } from './run-block.ts';
import { placeSteps } from './step-levels.ts';
import type { Terminal } from './terminal.ts';

/** The steps of a pipeline from top to bottom, side by side where they may run so, and what each of them does. */
export function stepDrawing(terminal: Terminal, steps: readonly StepDefinition[]): string[] {
  const { paint, columns } = terminal;
  const idWidth = Math.max(0, ...steps.map(({ id }) => id.length));
  const kindWidth = Math.max(0, ...steps.map(({ kind }) => kind.length));
  return placeSteps(steps).map(({ step, place, after }, index) => {
    const waits = after.length > 0 ? `after ${after.join(', ')}` : '';
    const startsAtOnce = index > 0 && step.needs.length === 0 ? 'waits for nothing' : '';
    const notes = [waits || startsAtOnce, whenText(step), step.allowFailure ? 'may fail' : ''];
    const skipped = step.skip === undefined ? '' : `skipped: ${step.skip}`;
    const note = [...notes, skipped].filter(Boolean).join('; ');
    const parts = [
      `${paint('dim', rails[place])} ${paint('cyan', step.kind.padEnd(kindWidth))} ${step.id.padEnd(idWidth)}`,
      wordsFor(step.kind, step),
      note === '' ? '' : paint('dim', `(${note})`),
    ];
    return cutLine(parts.filter(Boolean).join('  '), columns - 4);
  });
}

function whenText({ runWhen }: StepDefinition): string {
  return runWhen === undefined || runWhen === 'on-success' ? '' : `runs ${runWhen}`;
}

const words: { [Kind in StepKind]: (step: Extract<StepDefinition, { kind: Kind }>) => string } = {
  build: ({ image, context }) => `${image} from ${context}`,
  push: ({ image, tags, registry }) =>
    `${image} to ${registry ?? 'the default registry'} as ${tags.join(', ')}`,
  run: ({ commands, from, services = [] }) => {
    const image = 'step' in from ? `the image of ${from.step}` : from.image;
    const beside = services.length === 0 ? '' : ` beside ${services.map(({ name }) => name).join(', ')}`;
    return `${firstLine(commands)} in ${image}${beside}`;
  },
  deploy: ({ environment, undoes, manifests, kustomize, helm, workload }) => {
    if (undoes !== undefined) return `takes ${undoes} back in ${environment}`;
    const what = workload === null ? null : `${workload.kind}/${workload.name}`;
    return `to ${environment}: ${what ?? kustomize ?? helm?.chart ?? manifests.join(', ')}`;
  },
  approve: ({ by, count, timeoutMs }) =>
    `by ${by.join(' or ')}${count === 1 ? '' : `, ${count} people`}, within ${durationText(timeoutMs)}`,
  trigger: ({ pipeline, wait }) => `${pipeline}${wait ? '' : ', without waiting for it'}`,
  job: ({ environment, source }) =>
    `in ${environment}: ${'manifest' in source ? source.manifest : `${firstLine(source.commands)} in the image of ${source.step}`}`,
};

/** The table is complete by type; this is where one kind's type is put back together. */
function wordsFor<Kind extends StepKind>(kind: Kind, step: StepDefinition): string {
  return words[kind](step as Extract<StepDefinition, { kind: Kind }>);
}

function firstLine(commands: readonly string[]): string {
  const [first = ''] = commands;
  const line = first.split('\n', 1)[0] ?? '';
  return commands.length > 1 ? `${line} (and ${commands.length - 1} more)` : line;
}
