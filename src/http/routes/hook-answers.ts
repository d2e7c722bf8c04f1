import type { FastifyRequest } from 'fastify';
import type { HookSource } from '../../store/hook-source.ts';
import type { HookReceipt } from '../../triggers/accept-hook.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { HttpProblem } from '../problem.ts';
import { hookAnswerSchema } from '../schemas/event.ts';
import type { SourceLimits } from '../source-limits.ts';

export interface HookDependencies extends HttpDependencies {
  limits: SourceLimits;
  /** Counts an answer, for the metrics. */
  countHook(source: HookSource, answer: HookReceipt['kind']): void;
}

export const hookAnswers = {
  200: hookAnswerSchema.describe('A repeated delivery: the event is stored already'),
  202: hookAnswerSchema.describe('The event is stored; it is worked on now'),
};

export interface ReceivedHook {
  request: FastifyRequest;
  dependencies: HookDependencies;
  source: HookSource;
  /** Its secret is that of some repository, if of another one: nobody who guesses secrets. */
  isProven?: boolean;
}

/** How a hook of this kind shows its secret. */
export interface HookDenial {
  hint: string;
  headers?: Record<string, string>;
}

/**
 * The id of the stored event; counts the answer.
 * @throws HttpProblem 401 for an unknown repository and a wrong token alike
 */
export async function eventOf(
  receipt: HookReceipt,
  { request, dependencies, source, isProven = false }: ReceivedHook,
  denial: HookDenial,
): Promise<string> {
  dependencies.countHook(source, receipt.kind);
  if (receipt.kind !== 'denied') return receipt.eventId;
  // A webhook of a group of GitLab tells of projects that are not here, from the address of those that are.
  if (!isProven) await dependencies.limits.countFailedHook(request);
  throw new HttpProblem({
    status: 401,
    code: 'hook-denied',
    detail: 'The hook was not accepted: unknown repository, or wrong token.',
    ...denial,
  });
}
