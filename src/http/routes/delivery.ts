import type { HttpDependencies } from '../dependencies.ts';
import { deliveryMetrics, readDelivery } from '../metrics/delivery-gauges.ts';
import { deliveryQuery, deliverySchema } from '../schemas/delivery.ts';
import { environmentParams } from '../schemas/environment.ts';
import { unknownEnvironment } from '../unknown-names.ts';
import type { ZodApp } from '../zod-app.ts';

export function deliveryRoutes(app: ZodApp, dependencies: HttpDependencies): void {
  const { db, config } = dependencies;
  app.get(
    '/api/v1/environments/:name/delivery',
    {
      config: { access: { scope: 'read' } },
      schema: {
        operationId: 'getDelivery',
        summary: 'How often, how fast and how well changes reach an environment: the five DORA metrics',
        tags: ['environments'],
        params: environmentParams,
        querystring: deliveryQuery,
        response: { 200: deliverySchema },
      },
    },
    async ({ params: { name }, query: { days } }) => {
      if (!Object.hasOwn(config.environments, name)) throw unknownEnvironment(config, name);
      return { environment: name, days, ...(await readDelivery(db, { environment: name, days })) };
    },
  );

  app.get(
    '/metrics/delivery',
    {
      config: { access: { scope: 'read' } },
      schema: {
        operationId: 'deliveryMetrics',
        summary: 'The five DORA metrics of each environment over 30 days, in the text format of Prometheus',
        description: 'Looks through all that was deployed: to be scraped every few minutes.',
        tags: ['operations'],
        produces: ['text/plain'],
      },
    },
    async (_request, reply) => {
      const { contentType, text } = await deliveryMetrics(dependencies);
      return reply.type(contentType).send(text);
    },
  );
}
