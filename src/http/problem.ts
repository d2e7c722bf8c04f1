import { z } from 'zod';

/** One wrong part of a request. */
export interface FieldError {
  /** `body.revision`, `query.status`. */
  field: string;
  message: string;
}

export interface ProblemFacts {
  status: number;
  /** Stable, for programs: `run-not-found`. */
  code: string;
  /** What was attempted, and on what. */
  detail: string;
  /** What the caller can do next, in one sentence. */
  hint?: string;
  errors?: FieldError[];
  headers?: Record<string, string>;
}

/** Ends a request with an answer of RFC 9457; for answers that are the caller's to mend, not for our faults. */
export class HttpProblem extends Error {
  readonly facts: ProblemFacts;

  constructor(facts: ProblemFacts) {
    super(facts.detail);
    this.name = 'HttpProblem';
    this.facts = facts;
  }
}

/** The answer when the thing a path names does not exist. `what` is its kind: `run`. */
export function notFound(what: string, name: string, hint?: string): HttpProblem {
  return new HttpProblem({
    status: 404,
    code: `${what}-not-found`,
    detail: `There is no ${what} "${name}".`,
    ...(hint === undefined ? {} : { hint }),
  });
}

export const problemSchema = z
  .object({
    type: z.string().describe('`urn:trunkline:problem:` and the code'),
    title: z.string().describe('The meaning of the status'),
    status: z.int().describe('The HTTP status'),
    code: z.string().describe('Stable name of this kind of problem, for programs'),
    detail: z.string().describe('What was attempted and why it could not be done'),
    hint: z.string().optional().describe('What to do next'),
    instance: z.string().describe('The path of the request'),
    requestId: z.string().describe('Finds the request in the log of the server'),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .describe('Each part of the request that is wrong'),
  })
  .meta({ id: 'Problem', description: 'Why a request was not done (RFC 9457)' });
