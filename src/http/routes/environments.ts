import type { z } from 'zod';
import type { EnvironmentConfig } from '../../config/server-config.ts';
import { SharedLooks } from '../../logs/shared-looks.ts';
import type { Db } from '../../store/database.ts';
import { readDriftReport } from '../../store/drift-reports.ts';
import { listDeployments } from '../../store/list-deployments.ts';
import type { PageRequest } from '../../store/page.ts';
import { callerOf } from '../access.ts';
import { encodeCursor, pageRequest } from '../cursor.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { seesPipeline } from '../reach.ts';
import {
  environmentDetailSchema,
  environmentListSchema,
  environmentParams,
  environmentQuery,
} from '../schemas/environment.ts';
import { unknownEnvironment } from '../unknown-names.ts';
import { driftView } from '../views/drift-view.ts';
import { viewEnvironment, viewEnvironments } from '../views/environment-view.ts';
import { limitedDetail, limitedEnvironment } from '../views/limited-view.ts';
import { deploymentView } from '../views/run-view.ts';
import { jsonType, writtenOnce } from '../written-once.ts';
import type { ZodApp } from '../zod-app.ts';

type EnvironmentDetail = z.output<typeof environmentDetailSchema>;

export function environmentRoutes(app: ZodApp, { db, config, catalogue }: HttpDependencies): void {
  const looks = new SharedLooks<EnvironmentDetail>();
  const write = writtenOnce(environmentDetailSchema);
  app.get(
    '/api/v1/environments',
    {
      config: { access: { scope: 'read', reach: 'own' } },
      schema: {
        operationId: 'listEnvironments',
        summary: 'The environments, and what runs in them',
        tags: ['environments'],
        response: { 200: environmentListSchema },
      },
    },
    async (request) => {
      const views = await viewEnvironments(db, Object.values(config.environments));
      const { limit } = callerOf(request);
      if (limit === null) return { items: views };
      const sees = (pipeline: string) => seesPipeline(catalogue, limit, pipeline);
      return { items: views.map((view) => limitedEnvironment(view, sees)) };
    },
  );

  app.get(
    '/api/v1/environments/:name',
    {
      config: { access: { scope: 'read', reach: 'own' } },
      schema: {
        operationId: 'getEnvironment',
        summary: 'What runs in an environment, and what was rolled out before',
        tags: ['environments'],
        params: environmentParams,
        querystring: environmentQuery,
        response: { 200: environmentDetailSchema },
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      const { limit } = callerOf(request);
      const environment = Object.hasOwn(config.environments, params.name)
        ? config.environments[params.name]
        : undefined;
      if (environment === undefined) throw unknownEnvironment(config, params.name);
      const page = pageRequest(query);
      // Every open page asks again when a rollout begins or ends.
      const detail = await looks.ask(`${environment.name} ${JSON.stringify(page)}`, () =>
        readDetail(db, environment, page),
      );
      if (limit === null) return reply.type(jsonType).serializer(write).send(detail);
      return limitedDetail(detail, (pipeline) => seesPipeline(catalogue, limit, pipeline));
    },
  );
}

async function readDetail(
  db: Db,
  environment: EnvironmentConfig,
  page: PageRequest,
): Promise<EnvironmentDetail> {
  const [view, { rows, next }, drift] = await Promise.all([
    viewEnvironment(db, environment),
    listDeployments(db, environment.name, page),
    readDriftReport(db, environment.name),
  ]);
  return {
    ...view,
    drift: drift?.looked_at == null ? null : driftView(environment, drift),
    history: rows.map(deploymentView),
    next: encodeCursor(next),
  };
}
