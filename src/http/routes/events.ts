import { listEvents } from '../../store/list-events.ts';
import { callerOf } from '../access.ts';
import { encodeCursor, pageRequest } from '../cursor.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { HttpProblem, notFound } from '../problem.ts';
import { assertRepositories, seesPipeline } from '../reach.ts';
import {
  eventListQuery,
  eventPageSchema,
  eventParams,
  eventSchema,
  hookAnswerSchema,
} from '../schemas/event.ts';
import { eventSummary, eventView } from '../views/event-view.ts';
import type { ZodApp } from '../zod-app.ts';

export function eventRoutes(app: ZodApp, dependencies: HttpDependencies): void {
  readRoutes(app, dependencies);
  replayRoute(app, dependencies);
}

function readRoutes(app: ZodApp, { db, catalogue, explainEvent }: HttpDependencies): void {
  app.get(
    '/api/v1/events',
    {
      config: { access: { scope: 'read', reach: 'own' } },
      schema: {
        operationId: 'listEvents',
        summary: 'What came in: hooks, findings of the watcher, requests; newest first',
        tags: ['events'],
        querystring: eventListQuery,
        response: { 200: eventPageSchema },
      },
    },
    async (request) => {
      const { query } = request;
      const caller = callerOf(request);
      assertRepositories(caller);
      const filter = { ...query, within: caller.limit?.repositories ?? null };
      const { rows, next } = await listEvents(db, filter, pageRequest(query));
      return { items: rows.map(eventSummary), next: encodeCursor(next) };
    },
  );

  app.get(
    '/api/v1/events/:id',
    {
      config: { access: { scope: 'read', reach: 'event' } },
      schema: {
        operationId: 'getEvent',
        summary: 'Why each pipeline did or did not run: every filter with its value and verdict',
        tags: ['events'],
        params: eventParams,
        response: { 200: eventSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      const explanation = await explainEvent(id);
      if (explanation === undefined) throw unknownEvent(id);
      const { limit } = callerOf(request);
      return eventView(explanation, (pipeline) => seesPipeline(catalogue, limit, pipeline));
    },
  );
}

function replayRoute(app: ZodApp, { replayEvent }: HttpDependencies): void {
  app.post(
    '/api/v1/events/:id/replay',
    {
      config: { access: { scope: 'run', audit: 'event.replay', reach: 'event' } },
      schema: {
        operationId: 'replayEvent',
        summary: 'Handle a hook once more; runs that it has made are not made again',
        tags: ['events'],
        params: eventParams,
        response: { 202: hookAnswerSchema },
      },
    },
    async (request, reply) => {
      const eventId = request.params.id;
      const replay = await replayEvent(eventId);
      if (replay === 'unknown') throw unknownEvent(eventId);
      if (replay === 'not-replayable') throw notReplayable(eventId);
      return reply.code(202).send({ event: eventId });
    },
  );
}

function unknownEvent(id: string): HttpProblem {
  return notFound('event', id, '"trunkline events" lists those that are stored.');
}

function notReplayable(id: string): HttpProblem {
  return new HttpProblem({
    status: 409,
    code: 'event-not-replayable',
    detail: `Event "${id}" cannot be replayed: only hooks can be handled again.`,
    hint: 'Make a request anew with "trunkline trigger"; the watcher polls by itself.',
  });
}
