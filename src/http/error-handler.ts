import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { Fault, type FaultCode } from '../domain/fault.ts';
import { HttpProblem, notFound, type ProblemFacts } from './problem.ts';
import type { ZodApp } from './zod-app.ts';

/** Turns every error into problem details; the cause of a fault of ours stays in the log, under the request's id. */
export function answerErrors(app: ZodApp): void {
  app.setErrorHandler((error, request, reply) => sendProblem(problemOf(error, request), request, reply));
  app.setNotFoundHandler((request, reply) => {
    const { facts } = notFound('path', pathOf(request), 'The paths of this server are in /openapi.json.');
    return sendProblem(facts, request, reply);
  });
}

/** For errors that Fastify meets before it has found a route, such as a broken escape in the path. */
export function answerFrameworkError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  sendProblem(problemOf(error, request), request, reply);
}

function sendProblem(facts: ProblemFacts, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, code, detail, hint, errors, headers } = facts;
  const body = {
    type: `urn:trunkline:problem:${code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    detail,
    hint,
    instance: pathOf(request),
    requestId: request.id,
    errors,
  };
  return reply
    .code(status)
    .headers(headers ?? {})
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(body);
}

function problemOf(error: unknown, request: FastifyRequest): ProblemFacts {
  if (error instanceof HttpProblem) return error.facts;
  if (hasZodFastifySchemaValidationErrors(error)) return invalidRequest(error);
  if (error instanceof Fault) return faultFacts(error, request);
  const known = requestErrors[codeOf(error)];
  if (known !== undefined) return known;
  if (request.raw.destroyed && !request.raw.complete) {
    request.log.debug('a sender left in the middle of its body');
    return bodyCutOff;
  }
  request.log.error({ err: error }, 'a request failed by a fault of the server');
  if (error instanceof Error && error.name === 'TimeoutError') return tooSlow(request);
  return {
    status: 500,
    code: 'internal',
    detail: `${request.method} ${pathOf(request)} could not be done: something went wrong on the server.`,
    hint: `Look for request id ${request.id} in the log of the server.`,
  };
}

function tooSlow(request: FastifyRequest): ProblemFacts {
  return {
    status: 503,
    code: 'too-slow',
    detail: `${request.method} ${pathOf(request)} was not done in time: something that it needs does not answer.`,
    hint: `Try again; the log of the server says more under request id ${request.id}.`,
  };
}

function invalidRequest(error: {
  validation: { instancePath: string; message?: string | undefined }[];
  validationContext?: string | undefined;
}): ProblemFacts {
  const part = error.validationContext === 'querystring' ? 'query' : (error.validationContext ?? 'body');
  return {
    status: 400,
    code: 'invalid-request',
    detail: `Something in the ${part} of the request is not as it should be.`,
    hint: 'Mend the fields named in "errors"; /openapi.json describes them.',
    errors: error.validation.map(({ instancePath, message }) => ({
      field: `${part}${instancePath === '/' ? '' : instancePath.replaceAll('/', '.')}`,
      message: message ?? 'is not valid',
    })),
  };
}

/** What a fault says is written for people and holds no secret; callers without a token learn only its kind. */
function faultFacts(fault: Fault, request: FastifyRequest): ProblemFacts {
  const status = fault.code === 'internal' ? 500 : (faultStatus[fault.code] ?? 503);
  request.log.error({ err: fault, code: fault.code }, 'a request failed by a fault');
  const isKnownCaller = request.principal !== null && status !== 500;
  const hint = isKnownCaller ? fault.hint : undefined;
  return {
    status,
    code: fault.code,
    detail: isKnownCaller ? fault.message : 'The server cannot do this now.',
    hint: hint ?? `Try again; the cause is in the log of the server under request id ${request.id}.`,
    ...(status === 503 ? { headers: { 'retry-after': '5' } } : {}),
  };
}

const faultStatus: Partial<Record<FaultCode, number>> = {
  'scm-gone': 422,
  'scm-denied': 502,
  'registry-denied': 502,
  'cluster-denied': 502,
};

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

const unreadableBody = {
  status: 400,
  code: 'malformed-body',
  detail: 'The body of the request could not be read as JSON.',
  hint: 'Send a JSON object, or no body and no content-type.',
};

/** Whoever has sent it has left: no fault of ours, however often strangers do it. */
const bodyCutOff = {
  status: 400,
  code: 'body-cut-off',
  detail: 'The body of the request ended before all of it had come.',
  hint: 'Send it again.',
};

const malformedPath = {
  status: 400,
  code: 'malformed-path',
  detail: 'The path of the request cannot be read.',
  hint: 'Encode special characters with % and two hexadecimal digits.',
};

/** Fastify's own codes for requests that are wrong before a handler sees them. */
const requestErrors: Record<string, ProblemFacts> = {
  FST_ERR_CTP_INVALID_JSON_BODY: unreadableBody,
  FST_ERR_CTP_EMPTY_JSON_BODY: unreadableBody,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: unreadableBody,
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    code: 'body-too-large',
    detail: 'The body of the request is larger than this path takes.',
    hint: 'Send less; /openapi.json describes what is needed.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    code: 'media-type-not-supported',
    detail: 'The body of the request is of a kind that this path does not take.',
    hint: 'Send JSON with "Content-Type: application/json".',
  },
  FST_ERR_BAD_URL: malformedPath,
  FST_ERR_MAX_PARAM_LENGTH: malformedPath,
};

/** Without the query, where somebody may have put what does not belong there. */
function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '/';
}
