import rateLimit from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import { HttpProblem } from './problem.ts';
import type { ZodApp } from './zod-app.ts';

/** What one source address may do within a minute. */
export interface SourceRates {
  failedTokens: number;
  failedHooks: number;
  hooks: number;
}

export const defaultSourceRates = { failedTokens: 60, failedHooks: 30 } satisfies Partial<SourceRates>;

/** Each throws a `HttpProblem` 429 when the source is over its rate. */
export interface SourceLimits {
  /** Counts a refused token. */
  countFailure(request: FastifyRequest): Promise<void>;
  /** Counts a hook, and refuses it unseen after too many wrong secrets: people choose those, so they can be guessed. */
  admitHook(request: FastifyRequest): Promise<void>;
  /** Counts a hook with a wrong secret. */
  countFailedHook(request: FastifyRequest): Promise<void>;
}

const timeWindowMs = 60_000;

/** Counts per source address, in the memory of this process. */
export async function createSourceLimits(app: ZodApp, rates: SourceRates): Promise<SourceLimits> {
  await app.register(rateLimit, { global: false });
  const limitOf = (max: number) => {
    const count = app.createRateLimit({ max, timeWindow: timeWindowMs });
    return async (request: FastifyRequest, options?: Parameters<typeof count>[1]) => {
      assertPresent(request);
      return count(request, options);
    };
  };
  const failedTokens = limitOf(rates.failedTokens);
  const failedHooks = limitOf(rates.failedHooks);
  const hooks = limitOf(rates.hooks);
  let lastFailureMs = Number.NEGATIVE_INFINITY;
  return {
    countFailure: async (request) => assertWithin(await failedTokens(request), 'refused tokens'),
    async admitHook(request) {
      const mayBeOver = performance.now() - lastFailureMs <= timeWindowMs;
      if (mayBeOver)
        assertWithin(await failedHooks(request, { increment: false }), 'hooks with a wrong secret');
      assertWithin(await hooks(request), 'hooks');
    },
    async countFailedHook(request) {
      lastFailureMs = performance.now();
      assertWithin(await failedHooks(request), 'hooks with a wrong secret');
    },
  };
}

type Count = Awaited<ReturnType<ReturnType<ZodApp['createRateLimit']>>>;

/** Of a connection that was reset, nobody knows any more where it came from. */
function assertPresent({ ip }: { ip: string | undefined }): void {
  if (ip !== undefined) return;
  throw new HttpProblem({
    status: 400,
    code: 'connection-lost',
    detail: 'The connection was lost before the request was looked at.',
    hint: 'Send it again.',
  });
}

function assertWithin(count: Count, what: string): void {
  if (count.isAllowed || !count.isExceeded) return;
  throw new HttpProblem({
    status: 429,
    code: 'too-many-requests',
    detail: `Too many ${what} from this address: more than ${count.max} within a minute.`,
    hint: `Wait ${count.ttlInSeconds} s, and mend the token if it is wrong.`,
    headers: { 'retry-after': String(count.ttlInSeconds) },
  });
}
