import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { answers } from '../../cli/answers.ts';
import type { ApiClient } from '../../cli/api-client.ts';
import { readAnswer } from '../../cli/context.ts';
import { followRun } from '../../cli/follow-run.ts';
import { nameOf } from '../../cli/run-text.ts';
import type { Terminal } from '../../cli/terminal.ts';
import { Fault } from '../../domain/fault.ts';
import type { WorkingCopy } from '../source/working-copy.ts';

/** What a commit is watched with. */
export interface Chain {
  terminal: Terminal;
  api: ApiClient;
  workingCopy: WorkingCopy;
  signal: AbortSignal;
}

export interface Commit {
  files: Readonly<Record<string, string>>;
  message: string;
}

export interface WatchedRun {
  revision: number;
  /** The last lines of its log. */
  log: string;
  /** By `performance.now()`: when `svn commit` was called. */
  committedAt: number;
  run: EndedRun;
}

const endedRun = z.object({
  pipeline: z.string(),
  number: z.number(),
  outcome: z.string().nullable(),
  reason: z.string().nullable(),
  steps: z.array(z.object({ id: z.string(), kind: z.string(), outcome: z.string().nullable() })),
  images: z.array(z.object({ digest: z.string() })),
  deployments: z.array(
    z.object({
      cause: z.string().nullable(),
      rollback: z.object({ state: z.string(), to: z.string().nullable() }).nullable(),
    }),
  ),
});
export type EndedRun = z.output<typeof endedRun>;

/** Commits, and shows the run that the hook starts until it has ended. */
export async function watchCommit(chain: Chain, { files, message }: Commit): Promise<WatchedRun> {
  const { terminal, api, workingCopy, signal } = chain;
  terminal.print(`${terminal.paint('dim', '$')} svn commit -m '${message}'\n`);
  const committedAt = performance.now();
  const revision = await workingCopy.commit(files, message);
  const run = await findRun(api, revision, signal);
  const from = await sourceOf(api, run.why.eventId);
  terminal.print(`  r${revision} → ${from} → ${nameOf(run)}\n`);
  await untilAborted(followRun({ terminal, api }, run.id), signal);
  const ended = readAnswer(endedRun, await api.get(`/api/v1/runs/${run.id}`));
  return { revision, committedAt, run: ended, log: await endOfLog(api, run.id, signal) };
}

const shownLogLines = 12;

async function endOfLog(api: ApiClient, runId: string, signal: AbortSignal): Promise<string> {
  const answer = await api.open(`/api/v1/runs/${runId}/log`, { headers: { accept: 'text/plain' }, signal });
  const lines = (await answer.text()).trimEnd().split('\n');
  return lines.slice(-shownLogLines).join('\n  ');
}

/** The hook brings the run within a second; when it is lost, polling does within a minute. */
const runDeadlineMs = 75_000;

async function findRun(api: ApiClient, revision: number, signal: AbortSignal) {
  const end = performance.now() + runDeadlineMs;
  while (performance.now() < end) {
    const { items } = readAnswer(answers.runs, await api.get('/api/v1/runs', { pipeline: 'hello' }));
    const found = items.find((run) => run.revision === String(revision));
    if (found !== undefined) return readAnswer(answers.run, await api.get(`/api/v1/runs/${found.id}`));
    await delay(50, undefined, { signal });
  }
  throw new Fault('internal', `No run came of r${revision} within ${runDeadlineMs / 1000} s`, {
    hint: 'log/server.log in the folder of the demo says what became of the commit.',
  });
}

async function sourceOf(api: ApiClient, eventId: string | null): Promise<string> {
  if (eventId === null) return 'no event';
  const { source } = readAnswer(answers.event, await api.get(`/api/v1/events/${eventId}`));
  return source.includes('hook') ? 'post-commit hook' : source;
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', abort));
}
