import { listWatchers } from '../../store/list-watchers.ts';
import { listWorkers } from '../../store/list-workers.ts';
import { askToDrain } from '../../store/workers.ts';
import { callerOf } from '../access.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { HttpProblem, notFound } from '../problem.ts';
import { assertRepositories, seesPipeline } from '../reach.ts';
import { askedWorkerSchema, setupSchema, workerListSchema, workerParams } from '../schemas/operations.ts';
import { repositoryListSchema } from '../schemas/repository.ts';
import { iso } from '../schemas/shared.ts';
import { viewRepository } from '../views/repository-view.ts';
import type { ZodApp } from '../zod-app.ts';

export function operationRoutes(app: ZodApp, dependencies: HttpDependencies): void {
  repositoriesRoute(app, dependencies);
  workersRoute(app, dependencies);
  drainRoute(app, dependencies, {
    act: 'drain',
    summary: 'Ask a worker to take no more runs; it finishes those that it has',
  });
  drainRoute(app, dependencies, {
    act: 'resume',
    summary: 'Let a worker that was asked to drain take runs again',
  });
  setupRoute(app, dependencies);
}

function repositoriesRoute(app: ZodApp, { db, config, catalogue }: HttpDependencies): void {
  app.get(
    '/api/v1/repositories',
    {
      config: { access: { scope: 'read', reach: 'own' } },
      schema: {
        operationId: 'listRepositories',
        summary: 'The repositories: how far each has been read, and how its hooks fare',
        tags: ['operations'],
        response: { 200: repositoryListSchema },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      assertRepositories(caller);
      const watchers = new Map((await listWatchers(db)).map((row) => [row.repository, row]));
      const entries = catalogue.list().filter(({ name }) => seesPipeline(catalogue, caller.limit, name));
      const seen = Object.values(config.repositories).filter(
        ({ name }) => caller.limit?.repositories?.includes(name) ?? true,
      );
      const items = await Promise.all(
        seen.map((repository) =>
          viewRepository(db, repository, {
            watcher: watchers.get(repository.name),
            pipelines: entries
              .filter(({ pipeline }) => pipeline.source.repository === repository.name)
              .map(({ name }) => name),
          }),
        ),
      );
      return { items };
    },
  );
}

function setupRoute(app: ZodApp, { config }: HttpDependencies): void {
  app.get(
    '/api/v1/setup',
    {
      config: { access: { scope: 'read' } },
      schema: {
        operationId: 'getSetup',
        summary: 'What the server is configured with',
        tags: ['operations'],
        response: { 200: setupSchema },
      },
    },
    async () => ({
      url: config.url,
      pipelinesFolder: config.pipelinesDir,
      registries: Object.values(config.registries).map(({ name, host }) => ({ name, host })),
    }),
  );
}

function workersRoute(app: ZodApp, { db }: HttpDependencies): void {
  app.get(
    '/api/v1/workers',
    {
      config: { access: { scope: 'read' } },
      schema: {
        operationId: 'listWorkers',
        summary: 'The processes that execute runs',
        tags: ['operations'],
        response: { 200: workerListSchema },
      },
    },
    async () => {
      const rows = await listWorkers(db);
      return {
        items: rows.map(({ started_at, seen_at, stopped_taking, is_drain_asked, ...worker }) => ({
          ...worker,
          isDrainAsked: is_drain_asked,
          stoppedTaking: stopped_taking,
          startedAt: iso(started_at),
          seenAt: iso(seen_at),
        })),
      };
    },
  );
}

function drainRoute(
  app: ZodApp,
  { db }: HttpDependencies,
  { act, summary }: { act: 'drain' | 'resume'; summary: string },
): void {
  app.post(
    `/api/v1/workers/:id/${act}`,
    {
      config: { access: { scope: 'admin', audit: `worker.${act}` } },
      schema: {
        operationId: `${act}Worker`,
        summary,
        tags: ['operations'],
        params: workerParams,
        response: { 202: askedWorkerSchema },
      },
    },
    async ({ params: { id } }, reply) => {
      const answer = await askToDrain(db, id, act === 'drain');
      if (answer === 'not-found')
        throw notFound('worker', id, '`trunkline workers` lists them; one that is gone takes no runs.');
      if (answer === 'ambiguous') throw ambiguous(id);
      return reply.code(202).send({ ...answer, isDrainAsked: act === 'drain' });
    },
  );
}

function ambiguous(id: string): HttpProblem {
  return new HttpProblem({
    status: 409,
    code: 'worker-ambiguous',
    detail: `The ids of several workers begin with "${id}".`,
    hint: 'Give more of it: `trunkline workers` lists them.',
  });
}
