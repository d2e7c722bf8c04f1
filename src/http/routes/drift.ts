import type { EnvironmentConfig } from '../../config/server-config.ts';
import { readDriftReport, wantDriftReport } from '../../store/drift-reports.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { HttpProblem } from '../problem.ts';
import { driftSchema, environmentParams } from '../schemas/environment.ts';
import { unknownEnvironment } from '../unknown-names.ts';
import { driftView } from '../views/drift-view.ts';
import type { ZodApp } from '../zod-app.ts';

export function driftRoutes(app: ZodApp, { db, config }: HttpDependencies): void {
  const find = (name: string): EnvironmentConfig => {
    const found = Object.hasOwn(config.environments, name) ? config.environments[name] : undefined;
    if (found === undefined) throw unknownEnvironment(config, name);
    return found;
  };

  app.get(
    '/api/v1/environments/:name/drift',
    {
      config: { access: { scope: 'read' } },
      schema: {
        operationId: 'getDrift',
        summary: 'What in an environment is no longer as it was deployed, by the last look at it',
        tags: ['environments'],
        params: environmentParams,
        response: { 200: driftSchema },
      },
    },
    async ({ params }) => driftView(find(params.name), await readDriftReport(db, params.name)),
  );

  app.post(
    '/api/v1/environments/:name/drift',
    {
      config: { access: { scope: 'run', audit: 'environment.drift' } },
      schema: {
        operationId: 'lookForDrift',
        summary: 'Look for changes by hand now',
        description:
          'A worker compares what runs with what was deployed, and writes nothing to the cluster. The report has come when `wantedAt` is null again.',
        tags: ['environments'],
        params: environmentParams,
        response: { 202: driftSchema },
      },
    },
    async ({ params }, reply) => {
      const environment = find(params.name);
      if (environment.cluster.kind === 'swarm') throw noDriftOfSwarm(environment.name);
      const row = await wantDriftReport(db, environment.name);
      return reply.code(202).send(driftView(environment, row));
    },
  );
}

function noDriftOfSwarm(name: string): HttpProblem {
  return new HttpProblem({
    status: 409,
    code: 'drift-unknown',
    detail: `Cannot look for changes by hand in ${name}: it is a swarm, which keeps no record of who changed what.`,
    hint: 'Ask for it in an environment on Kubernetes.',
  });
}
