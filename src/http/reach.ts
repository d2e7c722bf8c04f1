import type { FastifyRequest } from 'fastify';
import type { PipelineCatalogue } from '../config/pipeline-catalogue.ts';
import { isWithin, type TokenLimit } from '../domain/token-limit.ts';
import type { Db } from '../store/database.ts';
import { readEvent } from '../store/events.ts';
import type { Principal } from '../store/tokens.ts';
import { HttpProblem, notFound } from './problem.ts';
import { resolveRun, shownRun } from './run-reference.ts';

/**
 * What a token that is limited to repositories or pipelines gets of a route; where a route says nothing: nothing, it is refused.
 * `run`, `pipeline`, `event`: what the path names, if it is within the limit; else it is as if there were none. `own`: the
 * handler leaves out what is not within (`callerOf(request).limit`). `all`: nothing in it is of one pipeline or repository.
 */
export type Reach = 'run' | 'pipeline' | 'event' | 'own' | 'all';

interface ReachDependencies {
  db: Db;
  catalogue: Pick<PipelineCatalogue, 'get'>;
}

/** The one place where a limited token is held back, before anything else is done. @throws HttpProblem 403 or 404 */
export async function assertWithinLimit(
  dependencies: ReachDependencies,
  request: FastifyRequest,
  { principal: { limit, name }, reach }: { principal: Principal; reach: Reach | undefined },
): Promise<void> {
  if (limit === null || reach === 'own' || reach === 'all') return;
  if (reach === undefined) throw limited(name);
  const { id = '', name: pipeline = '' } = request.params as { id?: string; name?: string };
  switch (reach) {
    case 'run':
      return assertRun(dependencies, limit, id);
    case 'pipeline':
      return assertPipeline(dependencies, limit, pipeline);
    case 'event': {
      assertRepositories({ limit, name });
      // To handle a hook again may start any pipeline of its repository.
      if (request.method !== 'GET' && request.method !== 'HEAD' && limit.pipelines !== null)
        throw limited(name);
      return assertEvent(dependencies, limit, id);
    }
  }
}

/** What tells of whole repositories is not for a token that knows pipelines alone. @throws HttpProblem 403 */
export function assertRepositories({ limit, name }: Pick<Principal, 'limit' | 'name'>): void {
  if (limit !== null && limit.repositories === null) throw limited(name);
}

/** Of a pipeline of which only the name is known. */
export function seesPipeline(
  catalogue: Pick<PipelineCatalogue, 'get'>,
  limit: TokenLimit | null,
  name: string,
): boolean {
  if (limit === null) return true;
  const entry = catalogue.get(name);
  return (
    entry !== undefined && isWithin(limit, { pipeline: name, repository: entry.pipeline.source.repository })
  );
}

async function assertRun({ db }: ReachDependencies, limit: TokenLimit, reference: string): Promise<void> {
  const run = await resolveRun(db, reference);
  if (!isWithin(limit, run)) throw notFound('run', shownRun(reference), withinHint);
}

function assertPipeline({ catalogue }: ReachDependencies, limit: TokenLimit, name: string): void {
  if (!seesPipeline(catalogue, limit, name)) throw notFound('pipeline', name, withinHint);
}

async function assertEvent({ db }: ReachDependencies, limit: TokenLimit, id: string): Promise<void> {
  const repository = (await readEvent(db, id))?.repository ?? null;
  if (repository === null || limit.repositories?.includes(repository) !== true)
    throw notFound('event', id, withinHint);
}

const withinHint =
  'The token sees only what it is limited to: "trunkline token list" tells an administrator.';

function limited(name: string): HttpProblem {
  return new HttpProblem({
    status: 403,
    code: 'token-limited',
    detail: `The token "${name}" is limited to some repositories or pipelines, and this is about more.`,
    hint: 'Use a token that was made without "--repository" and "--pipeline".',
  });
}
