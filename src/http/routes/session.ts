import { recordAudit } from '../../store/audit.ts';
import { authenticateSession, createSession, endSession } from '../../store/sessions.ts';
import { authenticateToken } from '../../store/tokens.ts';
import { callerOf } from '../access.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { HttpProblem } from '../problem.ts';
import { sessionBody, sessionSchema } from '../schemas/session.ts';
import { iso, noContent } from '../schemas/shared.ts';
import { assertOwnPage, clearSessionCookie, sessionSecret, setSessionCookie } from '../session-cookie.ts';
import type { SourceLimits } from '../source-limits.ts';
import type { ZodApp } from '../zod-app.ts';

export interface SessionDependencies extends HttpDependencies {
  limits: SourceLimits;
}

/** The page's log-in: a token once, then a cookie. */
export function sessionRoutes(app: ZodApp, dependencies: SessionDependencies): void {
  const secure = dependencies.config.url?.startsWith('https:') ?? false;
  beginRoute(app, dependencies, secure);
  whoRoute(app, dependencies);
  endRoute(app, dependencies, secure);
}

function beginRoute(app: ZodApp, { db, limits }: SessionDependencies, secure: boolean): void {
  app.post(
    '/api/v1/session',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'beginSession',
        summary: 'Log in to the page: a token once, then a cookie',
        tags: ['tokens'],
        security: [],
        body: sessionBody,
        response: { 204: noContent },
      },
    },
    async (request, reply) => {
      assertOwnPage(request);
      const principal = await authenticateToken(db, request.body.token);
      if (principal === null) {
        await limits.countFailure(request);
        throw new HttpProblem({
          status: 401,
          code: 'token-refused',
          detail: 'The token is unknown, expired or revoked.',
          hint: 'Paste a token from "trunkline token create", or the one that the first start showed.',
        });
      }
      await recordAudit(db, {
        who: principal.name,
        action: 'session.begin',
        target: request.url,
        detail: { requestId: request.id, remote: request.ip },
      });
      setSessionCookie(reply, await createSession(db, principal.tokenId), { secure });
      return reply.code(204).send();
    },
  );
}

function whoRoute(app: ZodApp, { db, version }: SessionDependencies): void {
  app.get(
    '/api/v1/session',
    {
      config: { access: { scope: 'read', reach: 'all' } },
      schema: {
        operationId: 'getSession',
        summary: 'Who is calling, and what they may do',
        tags: ['tokens'],
        response: { 200: sessionSchema },
      },
    },
    async (request) => {
      const { name, scopes, roles, limit } = callerOf(request);
      const { repositories, pipelines } = limit ?? { repositories: null, pipelines: null };
      const secret = sessionSecret(request);
      const session = secret === undefined ? null : await authenticateSession(db, secret);
      const expiresAt = iso(session?.expiresAt ?? null);
      return { name, scopes, roles, repositories, pipelines, expiresAt, version };
    },
  );
}

function endRoute(app: ZodApp, { db }: SessionDependencies, secure: boolean): void {
  app.delete(
    '/api/v1/session',
    {
      config: { access: { scope: 'read', audit: 'session.end', reach: 'all' } },
      schema: {
        operationId: 'endSession',
        summary: 'Log out of the page',
        tags: ['tokens'],
        response: { 204: noContent },
      },
    },
    async (request, reply) => {
      const secret = sessionSecret(request);
      if (secret !== undefined) await endSession(db, secret);
      clearSessionCookie(reply, { secure });
      return reply.code(204).send();
    },
  );
}
