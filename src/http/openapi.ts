import swagger from '@fastify/swagger';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';
import { problemSchema } from './problem.ts';
import type { ZodApp } from './zod-app.ts';

/** Describes every route from its own schemas, at `/openapi.json`; call before any route is made. */
export async function describeApi(app: ZodApp, version: string): Promise<void> {
  const fromZod = createJsonSchemaTransformObject({});
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Trunkline', version, description },
      tags,
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'A token of "trunkline token create"' },
        },
      },
      security: [{ token: [] }],
    },
    transform: createJsonSchemaTransform({}),
    transformObject: (document) => withProblems(fromZod(document) as OpenAPIV3_1.Document),
  });
}

export function openApiRoute(app: ZodApp): void {
  app.get(
    '/openapi.json',
    { config: { access: { scope: 'read', reach: 'all' } }, schema: { hide: true } },
    // Already plain JSON: no schema of ours needs to check it.
    async (_request, reply) => reply.type('application/json').serializer(JSON.stringify).send(app.swagger()),
  );
}

const description =
  'From a commit to a healthy rollout, with the reason for every step on record. Lists give pages: send `next` as `cursor`. Errors are problem details (RFC 9457).';

const tags = [
  { name: 'pipelines', description: 'What this server can run' },
  { name: 'runs', description: 'What runs and ran' },
  { name: 'events', description: 'What came in, and what was made of it' },
  { name: 'environments', description: 'What is rolled out where' },
  { name: 'operations', description: 'How this server fares' },
  { name: 'tokens', description: 'Who may call' },
  { name: 'hooks', description: 'What repositories call' },
];

/** Every operation may answer with a problem; said here once instead of on each route. */
function withProblems(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  const problem = {
    description: 'The request was not done',
    content: {
      'application/problem+json': { schema: { $ref: `#/components/schemas/${problemSchema.meta()?.id}` } },
    },
  };
  for (const path of Object.values(document.paths ?? {})) {
    for (const method of ['get', 'post', 'delete'] as const) {
      const operation = path?.[method];
      if (operation !== undefined) operation.responses = { ...operation.responses, default: problem };
    }
  }
  return document;
}
