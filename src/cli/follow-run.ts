import type { Run } from './answers.ts';
import { CliError, type ExitCode, exitCodes } from './cli-error.ts';
import { type CliContext, runPath } from './context.ts';
import { liveRun } from './live-run.ts';
import { createRunDisplay } from './run-display.ts';
import { nameOf, paintStatus, statusOf } from './run-text.ts';
import { oneLine } from './safe-text.ts';
import type { Terminal } from './terminal.ts';
import { durationText } from './times.ts';

/**
 * Shows a run until it has ended: drawn over on a terminal, a line for each change otherwise.
 * @returns the run as it ended
 */
export async function followRun({ api, terminal }: CliContext, reference: string): Promise<Run> {
  using display = createRunDisplay(terminal);
  const onLost = () => terminal.isLive || terminal.note('The connection is lost; trying again.\n');
  const { signal } = new AbortController();
  let newest: Run | undefined;
  for await (const run of liveRun(api, { path: runPath(reference), signal, onLost })) {
    display.update(run);
    newest = run;
  }
  if (newest === undefined) throw new CliError(exitCodes.ourFault, 'The server has said nothing of the run.');
  return newest;
}

/** Says how a run ended. @throws CliError with the exit code of its outcome, unless it succeeded */
export function reportEnd(terminal: Terminal, run: Run): void {
  const status = statusOf(run);
  const took = durationText(run, new Date());
  const why = run.reason === null ? '' : `: ${oneLine(run.reason)}`;
  terminal.print(
    `${nameOf(run)} ${paintStatus(terminal, status)}${took === '' ? '' : ` in ${took}`}${why}\n`,
  );
  if (exitCodeOf(run.outcome) === exitCodes.done) return;
  const step = run.steps.find(
    ({ outcome, isWarning }) => outcome !== 'succeeded' && outcome !== 'skipped' && !isWarning,
  );
  terminal.note(`trunkline logs '${nameOf(run)}'${step === undefined ? '' : ` --step ${step.id}`}\n`);
  endAs(run);
}

/** @throws CliError with the exit code of a run's outcome, unless it succeeded */
export function endAs({ outcome }: Pick<Run, 'outcome'>): void {
  const exitCode = exitCodeOf(outcome);
  if (exitCode !== exitCodes.done) throw new CliError(exitCode);
}

/** What the end of a run means to a script; null: it has not ended. */
function exitCodeOf(outcome: string | null): ExitCode {
  if (outcome === 'succeeded') return exitCodes.done;
  return outcome === 'errored' ? exitCodes.ourFault : exitCodes.userFailure;
}
