import { answers, type PipelineSummary } from '../answers.ts';
import { type CliContext, printJson, readAnswer } from '../context.ts';
import { nameOf, paintStatus, statusOf } from '../run-text.ts';
import { renderTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { agoText } from '../times.ts';

/** Lists the pipelines: what starts each, when its schedule is due next, how its latest run went. */
export async function pipelines({ api, terminal }: CliContext, options: { json?: boolean }): Promise<void> {
  const answer = await api.get('/api/v1/pipelines');
  if (options.json) return printJson(terminal, answer);
  const { items, problems } = readAnswer(answers.pipelines, answer);
  if (items.length > 0) terminal.print(pipelinesTable(terminal, items, new Date()));
  else terminal.note('No pipelines.\n');
  for (const { file, line, message } of problems)
    terminal.note(`${file}:${line}: ${message}; this file starts nothing\n`);
}

function pipelinesTable(terminal: Terminal, items: PipelineSummary[], now: Date): string {
  return renderTable<PipelineSummary>(items, {
    width: terminal.columns,
    columns: [
      { title: 'PIPELINE', text: ({ name }) => name },
      { title: 'LATEST', text: ({ latestRun }) => (latestRun === null ? '' : nameOf(latestRun)) },
      {
        title: 'STATUS',
        text: ({ latestRun }) => (latestRun === null ? '' : statusOf(latestRun)),
        paint: (text, { latestRun }) =>
          latestRun === null ? text : paintStatus(terminal, statusOf(latestRun), text),
      },
      { title: 'NEXT', text: ({ schedule }) => nextText(schedule?.next ?? null, now) },
      { title: 'STARTED BY', text: starters },
    ],
  });
}

/** `2026-11-25 02:00, in 7h 41m`, in the time of this machine. */
function nextText(next: Date | null, now: Date): string {
  if (next === null) return '';
  const local = new Date(next.getTime() - next.getTimezoneOffset() * 60_000);
  return `${local.toISOString().slice(0, 16).replace('T', ' ')}, in ${agoText(now, next)}`;
}

function starters({
  commit,
  mergeRequest,
  gitlabPipeline,
  branch,
  tag,
  schedule,
  upstream,
}: PipelineSummary): string {
  const causes = [
    ...(commit === null ? [] : [`commits to ${commit.branches.join(', ')}`]),
    ...(mergeRequest == null ? [] : [`merge requests into ${mergeRequest.branches.join(', ')}`]),
    ...(gitlabPipeline == null
      ? []
      : [`GitLab pipelines of ${gitlabPipeline.branches.join(', ')}: ${gitlabPipeline.status.join(' or ')}`]),
    ...(branch == null ? [] : [`branches ${branch.events.join(' or ')}: ${branch.branches.join(', ')}`]),
    ...(tag == null ? [] : [`tags ${tag.tags.join(', ')}`]),
    ...(schedule == null ? [] : [`schedule ${schedule.cron} (${schedule.timezone})`]),
    ...(upstream == null ? [] : [`${upstream.name} ${upstream.on}`]),
  ];
  return causes.length === 0 ? 'requests only' : causes.join('; ');
}
