import { z } from 'zod';
import { parseDurationMs } from './duration.ts';
import { besideKnownKeys } from './rules-beside-mistakes.ts';
import type { ServiceCheck } from './service-check.ts';
import { duration } from './text-schemas.ts';

const check = z
  .strictObject({
    service: z
      .string()
      .regex(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, 'this is no name of a Service')
      .meta({ description: 'A Service of the namespace, by its name.', examples: ['cart'] }),
    path: z
      .string()
      .regex(/^\/[^\s#]{0,1000}$/, "a path begins with '/' and has no spaces")
      .optional()
      .meta({
        description: 'What is asked for by GET. Left out: it is enough that the connection is accepted.',
        examples: ['/health'],
      }),
    port: z
      .union([z.int().min(1).max(65_535), z.string().regex(/^[a-z0-9-]{1,63}$/, 'this is no name of a port')])
      .optional()
      .meta({
        description: 'The port of the Service, by number or name. Needed where it has several.',
        examples: [80, 'http'],
      }),
    scheme: z
      .enum(['http', 'https'])
      .default('http')
      .meta({ description: 'The certificate of `https` is not looked at.', examples: ['https'] }),
    status: z
      .int()
      .min(100)
      .max(599)
      .optional()
      .meta({
        description: 'The status that the answer must have. Left out: any from 200 to 399.',
        examples: [200],
      }),
    within: duration({ from: '1s', to: '1h' })
      .default('30s')
      .meta({
        description: 'It is asked again and again until it passes; after so long it has failed.',
        examples: ['2m'],
      }),
  })
  .refine(({ path, status }) => path !== undefined || status === undefined, {
    message: "'status' needs a 'path'\nwithout one, nothing is asked for, and nobody answers with a status",
    ...besideKnownKeys,
  });

export const checks = z
  .array(check)
  .min(1, 'leave it out where there are none')
  .max(20)
  .optional()
  .meta({
    description:
      'On Kubernetes: requests through Services, sent by the API server once the new pods are healthy and have taken over. One that does not pass in time ends the rollout as failed, and what was there before comes back. It needs the verb `get` on `services/proxy`.',
    examples: [[{ service: 'cart', path: '/health' }]],
  });

export function toChecks(written: z.output<typeof checks>): { checks?: ServiceCheck[] } {
  if (written === undefined) return {};
  return {
    checks: written.map(({ service, path, port, scheme, status, within }) => ({
      ...{ service, scheme },
      ...{ path: path ?? null, port: port ?? null, status: status ?? null },
      withinMs: parseDurationMs(within) ?? 0,
    })),
  };
}
