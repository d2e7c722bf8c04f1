import { notifierStandings } from '../../store/standing.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { notifierListSchema } from '../schemas/operations.ts';
import { iso } from '../schemas/shared.ts';
import type { ZodApp } from '../zod-app.ts';

export function notifierRoute(app: ZodApp, { db, config }: HttpDependencies): void {
  app.get(
    '/api/v1/notifiers',
    {
      config: { access: { scope: 'read' } },
      schema: {
        operationId: 'listNotifiers',
        summary: 'Who is told of runs, and whether they take it',
        tags: ['operations'],
        response: { 200: notifierListSchema },
      },
    },
    async () => {
      const standings = await notifierStandings(db, Object.keys(config.notify));
      return {
        items: standings.map(({ name, refusals, error, nextAt }) => {
          return { name, kind: config.notify[name]?.kind ?? '', refusals, error, nextAt: iso(nextAt) };
        }),
      };
    },
  );
}
