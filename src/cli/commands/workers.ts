import { type CliContext, printJson, readAnswer } from '../context.ts';
import { operationAnswers, type WorkerSummary } from '../operation-answers.ts';
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
    { title: 'RUNS AT ONCE', text: ({ concurrency }: WorkerSummary) => String(concurrency) },
    { title: 'UP', text: ({ startedAt }: WorkerSummary) => agoText(startedAt, now) },
    { title: 'SEEN', text: ({ seenAt }: WorkerSummary) => `${agoText(seenAt, now)} ago` },
    { title: 'VERSION', text: ({ version }: WorkerSummary) => version },
  ];
  terminal.print(renderTable(items, { columns, width: terminal.columns }));
}
