import { type LogHit, searchLog } from '../../logs/search-log.ts';
import { callerOf } from '../access.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { HttpProblem } from '../problem.ts';
import { resolveRun } from '../run-reference.ts';
import { logHitListSchema, logSearchQuery, runParams } from '../schemas/run.ts';
import type { ZodApp } from '../zod-app.ts';
import { assertLog, assertStep } from './run-log.ts';

/** A log of a million lines takes about a second. */
const mostMs = 10_000;
const mostAtATime = 2;

export function logSearchRoute(app: ZodApp, dependencies: HttpDependencies): void {
  const { db, readLog } = dependencies;
  const searches = new SearchesUnderWay();
  app.get(
    '/api/v1/runs/:id/log/search',
    {
      config: { access: { scope: 'read', reach: 'run' } },
      schema: {
        operationId: 'searchRunLog',
        summary: 'The lines of a log that hold a text, in order',
        tags: ['runs'],
        params: runParams,
        querystring: logSearchQuery,
        response: { 200: logHitListSchema },
      },
    },
    async (request, reply) => {
      const { text, after, limit, step } = request.query;
      const run = await resolveRun(db, request.params.id);
      assertLog(run);
      if (step !== undefined) await assertStep(dependencies, run.id, step);
      const chunks = readLog({ runId: run.id, stepId: step ?? null });
      using _turn = searches.begin(callerOf(request).tokenId);
      const left = new AbortController();
      reply.raw.once('close', () => left.abort());
      const signal = AbortSignal.any([left.signal, AbortSignal.timeout(mostMs)]);
      const found = await searchLog(chunks, { text, afterLine: after, limit }, signal);
      if (found === null) throw tooSlow(`${run.pipeline}#${run.number}`);
      const items = found.hits.map((hit) => ({ ...hit, at: hit.at.toISOString() }));
      return { items, next: found.isMore ? lastLine(found.hits) : null };
    },
  );
}

/** Each of them keeps the database busy: one caller must not leave the others none of it. */
class SearchesUnderWay {
  readonly #counts = new Map<string, number>();

  begin(caller: string): Disposable {
    const count = this.#counts.get(caller) ?? 0;
    if (count >= mostAtATime) throw tooMany();
    this.#counts.set(caller, count + 1);
    return {
      [Symbol.dispose]: () => {
        const left = (this.#counts.get(caller) ?? 0) - 1;
        if (left > 0) this.#counts.set(caller, left);
        else this.#counts.delete(caller);
      },
    };
  }
}

function tooMany(): HttpProblem {
  return new HttpProblem({
    status: 429,
    code: 'too-many-searches',
    detail: `The log was not searched: ${mostAtATime} searches of this token are under way.`,
    hint: 'Wait until one of them has ended.',
    headers: { 'retry-after': '1' },
  });
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
