import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { callerOf } from './access.ts';

export const keyHeaders = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('A request that is repeated with the same key makes nothing new: it gets the run of the first'),
});

/** What makes two requests of one caller for a run the same; null: nothing does, each makes a run of its own. */
export function identityOf(
  request: FastifyRequest<{ Headers: z.output<typeof keyHeaders> }>,
  ...about: string[]
): string | null {
  const key = request.headers['idempotency-key'];
  return key === undefined ? null : JSON.stringify([...about, callerOf(request).name, key]);
}
