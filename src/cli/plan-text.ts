import type { Decision } from '../domain/decision.ts';
import type { CommitHappening, Happening } from '../domain/dry-run.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import { type Problem, renderProblem } from '../domain/problem.ts';
import { filterLines } from './explanation.ts';
import { stepDrawing } from './step-drawing.ts';
import type { Terminal } from './terminal.ts';

/** What would become of one pipeline. */
export interface PlannedPipeline {
  file: string;
  pipeline: Pipeline;
  decision: Decision;
  /** Pipelines that run after this one, once it has succeeded. */
  startsNext: string[];
  /** Whether its file was named: its steps are drawn then in any case. */
  isNamed: boolean;
}

interface Plan {
  happening: Happening;
  branch: string;
  planned: PlannedPipeline[];
  problems: Problem[];
}

/** For people: what would run, why, and why the rest would not. */
export function printPlan(terminal: Terminal, { happening, branch, planned, problems }: Plan): void {
  const color = terminal.paint('red', '') !== '';
  for (const problem of problems) terminal.print(`${renderProblem(problem, { color })}\n\n`);
  terminal.print(`${eventText(happening, branch)}\n`);
  for (const one of planned) terminal.print(`\n${pipelineLines(terminal, one).join('\n')}\n`);
  const running = planned.filter(({ decision }) => decision.verdict === 'run').length;
  terminal.print(
    `\n${running} of ${planned.length === 1 ? '1 pipeline' : `${planned.length} pipelines`} would run.\n`,
  );
}

function pipelineLines(terminal: Terminal, planned: PlannedPipeline): string[] {
  const { pipeline, decision, startsNext, isNamed } = planned;
  const { paint } = terminal;
  const verdict = decision.verdict === 'run' ? paint('green', 'would run') : paint('yellow', 'would not run');
  const lines = [`${paint('bold', pipeline.name)} ${verdict}`, ...filterLines(terminal, decision.filters)];
  const isSkipped = decision.verdict === 'skip';
  if (isSkipped && !isNamed) return lines;
  const drawing = stepLines(terminal, pipeline);
  if (isSkipped) return [...lines, '    its steps:', ...drawing];
  const next = startsNext.map((name) => `    then, when it has succeeded: ${name}`);
  return [...lines, ...drawing, ...next];
}

function stepLines(terminal: Terminal, { file, steps, source }: Pipeline): string[] {
  if (file === undefined || steps.length > 0)
    return stepDrawing(terminal, steps).map((line) => `    ${line}`);
  const path = [source.path, file.path].filter(Boolean).join('/');
  return [`    its steps are in ${path} of ${source.repository}: name a checkout of it, --dir FOLDER`];
}

function eventText(happening: Happening, branch: string): string {
  switch (happening.kind) {
    case 'commit':
      return commitText(happening);
    case 'merge-request':
      return `A commit of a merge request from ${branch} into ${happening.request.target}`;
    case 'gitlab-pipeline':
      return `A pipeline of GitLab on ${branch} that has ended: ${happening.gitlab.status}`;
    case 'schedule':
      return 'A time of a schedule';
    case 'request':
      return 'A request (trunkline trigger, or the page)';
    case 'pipeline':
      return `A run of ${happening.name} on ${branch} that has ${happening.isSuccess ? 'succeeded' : 'failed'}`;
  }
}

function commitText({ branch, paths, happened, tag }: CommitHappening): string {
  const what = tag === undefined ? `The branch ${branch}` : `The tag ${tag}`;
  if (happened !== undefined) return `${what} is ${happened}`;
  return `A commit to ${branch}: ${paths.length === 0 ? 'whatever it touches' : paths.join(', ')}`;
}
