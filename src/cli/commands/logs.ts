import { setTimeout as delay } from 'node:timers/promises';
import type { LogChunk, RunEnd } from '../answers.ts';
import { type CliContext, printJson, runPath } from '../context.ts';
import { grepLog } from '../grep-log.ts';
import { liveLog } from '../live-log.ts';
import { liveRun } from '../live-run.ts';
import { createRunDisplay, type RunDisplay } from '../run-display.ts';
import { oneLine } from '../safe-text.ts';
import type { Terminal } from '../terminal.ts';

export interface LogsOptions {
  follow?: boolean;
  step?: string;
  grep?: string;
  json?: boolean;
}

/** Prints a run's log; with `follow`, until the run has ended, whatever happens to the connection. */
export async function logs(context: CliContext, reference: string, options: LogsOptions): Promise<void> {
  if (options.grep !== undefined) return grepLog(context, reference, { ...options, text: options.grep });
  if (options.follow) return followLog(context, reference, options);
  const path = `${runPath(reference)}/log`;
  const { signal } = new AbortController();
  const query = { step: options.step };
  const response = await context.api.open(path, { query, headers: { accept: 'text/plain' }, signal });
  if (options.json) return printJson(context.terminal, { text: await response.text() });
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    context.terminal.print(text);
  }
}

async function followLog(context: CliContext, reference: string, options: LogsOptions): Promise<void> {
  const { api, terminal } = context;
  const over = new AbortController();
  const isDrawn = terminal.isLive && !options.json;
  using display = createRunDisplay(isDrawn ? terminal : { ...terminal, isLive: false }, { hasLines: false });
  const lost = 'The connection is lost; trying again.\n';
  const onLost = () => (isDrawn ? display.print(lost) : terminal.note(lost));
  const run = isDrawn ? keepDrawn(context, reference, { display, signal: over.signal }) : Promise.resolve();
  const path = `${runPath(reference)}/log`;
  const log = liveLog(api, { path, query: { step: options.step }, signal: over.signal, onLost });
  const show = options.json ? lineOf(terminal) : chunkFor(terminal, display, options.step === undefined);
  try {
    for (;;) {
      const next = await log.next();
      if (next.done === true) return await end(terminal, next.value, run);
      show(next.value);
    }
  } finally {
    over.abort();
    await run;
  }
}

/** The log has ended: the run's last view may still be on its way. */
async function end(
  terminal: Terminal,
  { state, outcome, reason }: RunEnd,
  run: Promise<void>,
): Promise<void> {
  await Promise.race([run, delay(lastViewMs, undefined, { ref: false })]);
  if (terminal.isLive) return;
  const why = reason === null ? '' : `: ${oneLine(reason)}`;
  terminal.note(`The run has ended: ${outcome ?? state}${why}\n`);
}

const lastViewMs = 2_000;

/** Never fails: without it there is still the log. */
async function keepDrawn(
  { api }: CliContext,
  reference: string,
  { display, signal }: { display: RunDisplay; signal: AbortSignal },
): Promise<void> {
  const onLost = () => undefined;
  try {
    for await (const run of liveRun(api, { path: runPath(reference), signal, onLost })) display.update(run);
  } catch {}
}

function lineOf(terminal: Terminal): (chunk: LogChunk) => void {
  return (chunk) => terminal.print(`${JSON.stringify(chunk)}\n`);
}

/** On a terminal, says whenever another step goes on. The server keeps nothing of a log that steers a terminal. */
function chunkFor(terminal: Terminal, display: RunDisplay, hasManySteps: boolean): (chunk: LogChunk) => void {
  let step = '';
  return (chunk) => {
    if (terminal.isLive && hasManySteps && chunk.step !== step) {
      display.print(`${terminal.paint('dim', `── ${chunk.step}`)}\n`);
    }
    step = chunk.step;
    display.print(chunk.text);
  };
}
