import { type CliContext, printJson, readAnswer } from '../context.ts';
import { operationAnswers, type WorkerSummary } from '../operation-answers.ts';
import { oneLine } from '../safe-text.ts';
import { renderTable } from '../table.ts';
import { agoText } from '../times.ts';

/** Lists the processes that execute runs. */
export async function workers({ api, terminal }: CliContext, options: { json?: boolean }): Promise<void> {
  const answer = await api.get('/api/v1/workers');
  if (options.json) return printJson(terminal, answer);
  const now = new Date();
  const { items } = readAnswer(operationAnswers.workers, answer);
  const columns = [
    { title: 'WORKER', text: ({ id }: WorkerSummary) => id },
    { title: 'STATE', text: ({ state }: WorkerSummary) => state },
    { title: 'HOST', text: ({ host, pid }: WorkerSummary) => `${host}, process ${pid}` },
    { title: 'RUNS', text: ({ active, concurrency }: WorkerSummary) => `${active} of ${concurrency}` },
    { title: 'LABELS', text: ({ labels }: WorkerSummary) => labels.join(',') },
    { title: 'UP', text: ({ startedAt }: WorkerSummary) => agoText(startedAt, now) },
    { title: 'SEEN', text: ({ seenAt }: WorkerSummary) => `${agoText(seenAt, now)} ago` },
    { title: 'VERSION', text: ({ version }: WorkerSummary) => version },
  ];
  terminal.print(renderTable(items, { columns, width: terminal.columns }));
  for (const { id, stoppedTaking } of items)
    if (stoppedTaking !== null) terminal.print(`${id} takes no new runs: ${oneLine(stoppedTaking)}\n`);
}

/** Asks a worker to take no more runs, or to take some again. */
export async function drain(
  { api, terminal }: CliContext,
  worker: string,
  options: { undo?: boolean; json?: boolean },
): Promise<void> {
  const act = options.undo === true ? 'resume' : 'drain';
  const answer = await api.post(`/api/v1/workers/${encodeURIComponent(worker)}/${act}`);
  if (options.json) return printJson(terminal, answer);
  terminal.print(
    options.undo === true
      ? `${worker} takes runs again within 5 s.\n`
      : `${worker} takes no new runs, in 5 s at the latest, and finishes those that it has: trunkline workers\n`,
  );
}
