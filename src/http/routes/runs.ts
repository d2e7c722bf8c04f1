import { listRuns } from '../../store/list-runs.ts';
import { readHistory, type TransitionRow } from '../../store/run-history.ts';
import { callerOf } from '../access.ts';
import { encodeCursor, pageRequest } from '../cursor.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { resolveRun } from '../run-reference.ts';
import { runParams, runSchema } from '../schemas/run.ts';
import { runHistorySchema } from '../schemas/run-history.ts';
import { runListQuery, runPageSchema } from '../schemas/run-list.ts';
import { iso } from '../schemas/shared.ts';
import { limitedRun } from '../views/limited-view.ts';
import { viewRunList } from '../views/run-list-view.ts';
import { viewRun } from '../views/run-view.ts';
import type { ZodApp } from '../zod-app.ts';

export function runRoutes(app: ZodApp, { db }: HttpDependencies): void {
  app.get(
    '/api/v1/runs',
    {
      config: { access: { scope: 'read', reach: 'own' } },
      schema: {
        operationId: 'listRuns',
        summary: 'Runs, newest first',
        tags: ['runs'],
        querystring: runListQuery,
        response: { 200: runPageSchema },
      },
    },
    async (request) => {
      const { query } = request;
      const filter = { ...query, limit: callerOf(request).limit };
      const { rows, next } = await listRuns(db, filter, pageRequest(query));
      return { items: await viewRunList(db, rows), next: encodeCursor(next) };
    },
  );

  app.get(
    '/api/v1/runs/:id',
    {
      config: { access: { scope: 'read', reach: 'run' } },
      schema: {
        operationId: 'getRun',
        summary: 'A run with its steps, images, deployments, and why it is there',
        tags: ['runs'],
        params: runParams,
        response: { 200: runSchema },
      },
    },
    async (request) => {
      const view = await viewRun(db, await resolveRun(db, request.params.id));
      return limitedRun(view, callerOf(request).limit);
    },
  );

  app.get(
    '/api/v1/runs/:id/history',
    {
      config: { access: { scope: 'read', reach: 'run' } },
      schema: {
        operationId: 'getRunHistory',
        summary: 'Every change of the state of a run and of its steps: when, by whom, why',
        tags: ['runs'],
        params: runParams,
        response: { 200: runHistorySchema },
      },
    },
    async ({ params }) => {
      const rows = await readHistory(db, (await resolveRun(db, params.id)).id);
      return { items: rows.map(transitionView) };
    },
  );
}

function transitionView(row: TransitionRow) {
  const { at, step_id, from_state, to_state, outcome, reason, attempt, who } = row;
  return { at: iso(at), step: step_id, from: from_state, to: to_state, outcome, reason, attempt, by: who };
}
