import { readDriftReport } from '../../store/drift-reports.ts';
import { listDeployments } from '../../store/list-deployments.ts';
import { encodeCursor, pageRequest } from '../cursor.ts';
import type { HttpDependencies } from '../dependencies.ts';
import {
  environmentDetailSchema,
  environmentListSchema,
  environmentParams,
  environmentQuery,
} from '../schemas/environment.ts';
import { unknownEnvironment } from '../unknown-names.ts';
import { driftView } from '../views/drift-view.ts';
import { viewEnvironment, viewEnvironments } from '../views/environment-view.ts';
import { deploymentView } from '../views/run-view.ts';
import type { ZodApp } from '../zod-app.ts';

export function environmentRoutes(app: ZodApp, { db, config }: HttpDependencies): void {
  app.get(
    '/api/v1/environments',
    {
      config: { access: { scope: 'read' } },
      schema: {
        operationId: 'listEnvironments',
        summary: 'The environments, and what runs in them',
        tags: ['environments'],
        response: { 200: environmentListSchema },
      },
    },
    async () => ({ items: await viewEnvironments(db, Object.values(config.environments)) }),
  );

  app.get(
    '/api/v1/environments/:name',
    {
      config: { access: { scope: 'read' } },
      schema: {
        operationId: 'getEnvironment',
        summary: 'What runs in an environment, and what was rolled out before',
        tags: ['environments'],
        params: environmentParams,
        querystring: environmentQuery,
        response: { 200: environmentDetailSchema },
      },
    },
    async ({ params, query }) => {
      const environment = Object.hasOwn(config.environments, params.name)
        ? config.environments[params.name]
        : undefined;
      if (environment === undefined) throw unknownEnvironment(config, params.name);
      const [view, { rows, next }, drift] = await Promise.all([
        viewEnvironment(db, environment),
        listDeployments(db, environment.name, pageRequest(query)),
        readDriftReport(db, environment.name),
      ]);
      return {
        ...view,
        drift: drift?.looked_at == null ? null : driftView(environment, drift),
        history: rows.map(deploymentView),
        next: encodeCursor(next),
      };
    },
  );
}
