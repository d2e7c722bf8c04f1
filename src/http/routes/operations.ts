import { listWatchers } from '../../store/list-watchers.ts';
import { listWorkers } from '../../store/list-workers.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { setupSchema, workerListSchema } from '../schemas/operations.ts';
import { repositoryListSchema } from '../schemas/repository.ts';
import { iso } from '../schemas/shared.ts';
import { viewRepository } from '../views/repository-view.ts';
import type { ZodApp } from '../zod-app.ts';

export function operationRoutes(app: ZodApp, dependencies: HttpDependencies): void {
  repositoriesRoute(app, dependencies);
  workersRoute(app, dependencies);
  setupRoute(app, dependencies);
}

function repositoriesRoute(app: ZodApp, { db, config, catalogue }: HttpDependencies): void {
  app.get(
    '/api/v1/repositories',
    {
      config: { access: { scope: 'read' } },
      schema: {
        operationId: 'listRepositories',
        summary: 'The repositories: how far each has been read, and how its hooks fare',
        tags: ['operations'],
        response: { 200: repositoryListSchema },
      },
    },
    async () => {
      const watchers = new Map((await listWatchers(db)).map((row) => [row.repository, row]));
      const entries = catalogue.list();
      const items = await Promise.all(
        Object.values(config.repositories).map((repository) =>
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
        items: rows.map(({ started_at, seen_at, ...worker }) => ({
          ...worker,
          startedAt: iso(started_at),
          seenAt: iso(seen_at),
        })),
      };
    },
  );
}
