import { type LogHit, searchLog } from '../../logs/search-log.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { HttpProblem } from '../problem.ts';
import { resolveRun } from '../run-reference.ts';
import { logHitListSchema, logSearchQuery, runParams } from '../schemas/run.ts';
import type { ZodApp } from '../zod-app.ts';
import { assertLog, assertStep } from './run-log.ts';

/** A log of a million lines takes about a second. */
const mostMs = 10_000;

export function logSearchRoute(app: ZodApp, dependencies: HttpDependencies): void {
  const { db, readLog } = dependencies;
  app.get(
    '/api/v1/runs/:id/log/search',
    {
      config: { access: { scope: 'read' } },
      schema: {
        operationId: 'searchRunLog',
        summary: 'The lines of a log that hold a text, in order',
        tags: ['runs'],
        params: runParams,
        querystring: logSearchQuery,
        response: { 200: logHitListSchema },
      },
    },
    async (request) => {
      const { text, after, limit, step } = request.query;
      const run = await resolveRun(db, request.params.id);
      assertLog(run);
      if (step !== undefined) await assertStep(dependencies, run.id, step);
      const chunks = readLog({ runId: run.id, stepId: step ?? null });
      const signal = AbortSignal.timeout(mostMs);
      const found = await searchLog(chunks, { text, afterLine: after, limit }, signal);
      if (found === null) throw tooSlow(`${run.pipeline}#${run.number}`);
      const items = found.hits.map((hit) => ({ ...hit, at: hit.at.toISOString() }));
      return { items, next: found.isMore ? lastLine(found.hits) : null };
    },
  );
}

function lastLine(hits: LogHit[]): number | null {
  return hits.at(-1)?.line ?? null;
}

function tooSlow(run: string): HttpProblem {
  return new HttpProblem({
    status: 503,
    code: 'search-too-slow',
    detail: `The log of ${run} could not be searched within ${mostMs / 1000} s: the database is slow.`,
    hint: 'Search one step alone, or download the log and search it where it is.',
  });
}
