import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import type { LogChunk } from '../../store/log-chunks.ts';
import type { LogWish } from '../../store/log-pages.ts';
import { type RunRow, readRun, readSteps } from '../../store/runs.ts';
import type { HttpDependencies } from '../dependencies.ts';
import type { StreamMessage } from '../event-stream.ts';
import { HttpProblem, notFound } from '../problem.ts';
import { resolveRun } from '../run-reference.ts';
import { logQuery, runParams } from '../schemas/run.ts';
import { type StreamSettings, sendStream } from '../send-stream.ts';
import type { ZodApp } from '../zod-app.ts';

export function runLogRoute(app: ZodApp, dependencies: HttpDependencies & StreamSettings): void {
  const { db } = dependencies;
  const dataOf = createDataOf();
  app.get(
    '/api/v1/runs/:id/log',
    {
      // HEAD would have to read a live stream to its end only to throw it away.
      exposeHeadRoute: false,
      config: { access: { scope: 'read', reach: 'run' } },
      schema: {
        operationId: 'getRunLog',
        summary: 'The log of a run; with Accept: text/event-stream live, resumed by Last-Event-ID',
        description:
          'As an event stream: "chunk" events (`id` counts up; data: step, at, text), comments as heartbeats, and one "end" event (data: state, outcome, reason) when the run has ended; after that do not come again.',
        tags: ['runs'],
        params: runParams,
        querystring: logQuery,
        produces: ['text/plain', 'text/event-stream'],
      },
    },
    async (request, reply) => {
      const run = await resolveRun(db, request.params.id);
      assertLog(run);
      const stepId = request.query.step ?? null;
      if (stepId !== null) await assertStep(dependencies, run.id, stepId);
      const wish = { runId: run.id, stepId, afterSeq: lastSeen(request) };
      if (wantsStream(request)) {
        return sendStream(reply, dependencies, (signal) =>
          liveMessages({ ...dependencies, dataOf }, wish, signal),
        );
      }
      return reply
        .type('text/plain; charset=utf-8')
        .header('content-disposition', `attachment; filename="${run.pipeline}-${run.number}.log"`)
        .send(Readable.from(textOf(dependencies.readLog({ ...wish, afterSeq: 0 }))));
    },
  );
}

async function* liveMessages(
  { db, followLog, dataOf }: Pick<HttpDependencies, 'db' | 'followLog'> & { dataOf: DataOf },
  wish: LogWish,
  signal: AbortSignal,
): AsyncGenerator<StreamMessage> {
  for await (const chunk of followLog({ ...wish, signal })) {
    yield { id: chunk.seq, event: 'chunk', data: dataOf(chunk) };
  }
  if (signal.aborted) return;
  const run = await readRun(db, wish.runId);
  const { state, outcome, reason } = run ?? { state: 'ended', outcome: null, reason: null };
  yield { event: 'end', data: JSON.stringify({ state, outcome, reason }) };
}

type DataOf = (chunk: LogChunk) => string;

/** Readers that share a chunk share its text. */
function createDataOf(): DataOf {
  const known = new WeakMap<LogChunk, string>();
  return (chunk) => {
    const data = known.get(chunk) ?? JSON.stringify({ step: chunk.stepId, at: chunk.at, text: chunk.text });
    known.set(chunk, data);
    return data;
  };
}

async function* textOf(pieces: AsyncIterable<LogChunk>): AsyncGenerator<string> {
  for await (const { text } of pieces) if (text !== '') yield text;
}

function wantsStream(request: FastifyRequest): boolean {
  return request.headers.accept?.includes('text/event-stream') ?? false;
}

/** @throws HttpProblem 400 when Last-Event-ID is not one that a stream gave */
function lastSeen(request: FastifyRequest): number {
  const given = request.headers['last-event-id'];
  if (given === undefined || given === '') return 0;
  if (typeof given === 'string' && /^\d{1,15}$/.test(given)) return Number(given);
  throw new HttpProblem({
    status: 400,
    code: 'invalid-request',
    detail: 'The header Last-Event-ID of the request is not one that a log stream gave.',
    hint: 'Send the last "id" of the stream unchanged, or leave it out to begin anew.',
    errors: [{ field: 'headers.last-event-id', message: 'must be a whole number' }],
  });
}

/** @throws HttpProblem 410 when the log of the run has had its time */
export function assertLog(run: RunRow): void {
  if (run.log_removed_at === null) return;
  const day = run.log_removed_at.toISOString().slice(0, 10);
  throw new HttpProblem({
    status: 410,
    code: 'log-removed',
    detail: `The log of ${run.pipeline}#${run.number} was removed on ${day} by the retention policy.`,
    hint: 'How long logs are kept says "retention.logs" of trunkline.yaml.',
  });
}

export async function assertStep({ db }: HttpDependencies, runId: string, stepId: string): Promise<void> {
  const steps = (await readSteps(db, runId)).map(({ id }) => id);
  if (!steps.includes(stepId))
    throw notFound('step', stepId, `The run has these steps: ${steps.join(', ')}.`);
}
