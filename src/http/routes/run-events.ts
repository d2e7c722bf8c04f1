import { callerOf } from '../access.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { resolveRun } from '../run-reference.ts';
import { changedRunMessages, runMessages } from '../run-stream.ts';
import { runParams } from '../schemas/run.ts';
import { type StreamSettings, sendStream } from '../send-stream.ts';
import type { ZodApp } from '../zod-app.ts';

export function runEventRoutes(app: ZodApp, dependencies: HttpDependencies & StreamSettings): void {
  app.get(
    '/api/v1/runs/events',
    {
      exposeHeadRoute: false,
      config: { access: { scope: 'read', reach: 'own' } },
      schema: {
        operationId: 'followRuns',
        summary: 'Live: every run whose state changes',
        description:
          'An event stream: "run" events (data: a RunSummary) from now on, and comments as heartbeats. Read the list when the stream begins, and again whenever it begins anew: it ends where changes may have been missed.',
        tags: ['runs'],
        produces: ['text/event-stream'],
      },
    },
    (request, reply) => {
      const { limit } = callerOf(request);
      return sendStream(reply, dependencies, (signal) => changedRunMessages(dependencies, limit, signal));
    },
  );

  app.get(
    '/api/v1/runs/:id/events',
    {
      exposeHeadRoute: false,
      config: { access: { scope: 'read', reach: 'run' } },
      schema: {
        operationId: 'followRun',
        summary: 'Live: a run with its steps and their progress',
        description:
          'An event stream: "run" events (data: the whole Run) at once and on every change, at most about four a second; comments as heartbeats; and one "end" event (data: state, outcome, reason) when the run has ended: after that do not come again.',
        tags: ['runs'],
        params: runParams,
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      const { id } = await resolveRun(dependencies.db, request.params.id);
      const wish = { runId: id, limit: callerOf(request).limit };
      return sendStream(reply, dependencies, (signal) => runMessages(dependencies, wish, signal));
    },
  );
}
