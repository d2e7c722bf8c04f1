import type { FastifyRequest } from 'fastify';
import type { PipelineCatalogue } from '../config/pipeline-catalogue.ts';
import type { Db } from '../store/database.ts';
import { authenticateToken, type Principal, type Scope, scopes } from '../store/tokens.ts';
import { HttpProblem } from './problem.ts';
import { assertWithinLimit, type Reach } from './reach.ts';
import { sessionPrincipal } from './session-cookie.ts';
import type { SourceLimits } from './source-limits.ts';
import type { ZodApp } from './zod-app.ts';

/**
 * Who may call a route. `public` and `hook` (which checks a secret of its own) are the only ways around a bearer
 * token or the page's session; `audit` names the act of a route that changes something,
 * null says of one that is no GET that it changes nothing. `reach` says what a limited token gets of it.
 */
export type Access = 'public' | 'hook' | { scope: Scope; audit?: string | null; reach?: Reach };

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    /** Null on routes that need no token. */
    principal: Principal | null;
  }
}

export interface AccessDependencies {
  db: Db;
  catalogue: Pick<PipelineCatalogue, 'get'>;
  limits: SourceLimits;
}

/**
 * Denies every request that shows no sufficient token, also to paths that do not exist, before its body is read.
 * A route that declares no access, or changes something without naming the act, stops the server from starting.
 */
export function requireTokens(app: ZodApp, dependencies: AccessDependencies): void {
  const { db, limits } = dependencies;
  app.decorateRequest('principal', null);
  app.addHook('onRoute', (route) => assertDeclared(String(route.method), route.url, route.config?.access));
  app.addHook('onRequest', (request, _reply, done) => {
    const access = request.routeOptions.config?.access;
    if (access === 'public' || access === 'hook') return done();
    authenticate(request, access).then(() => done(), done);
  });
  const authenticate = async (request: FastifyRequest, access: Exclude<Access, string> | undefined) => {
    request.principal = await principalOf(db, request, limits);
    if (access === undefined) return;
    assertScope(request.principal, access.scope);
    await assertWithinLimit(dependencies, request, { principal: request.principal, reach: access.reach });
  };
}

/** The caller of a route that is not open. */
export function callerOf(request: FastifyRequest): Principal {
  if (request.principal === null) throw new Error(`${request.url} has no caller: its access is open`);
  return request.principal;
}

/** Whose token or session the request shows, asked anew; null: it has ended, or there is none. */
export async function whoAsks(db: Db, request: FastifyRequest): Promise<Principal | null> {
  const token = presentedToken(request, ['bearer']);
  return token === null ? sessionPrincipal(db, request) : authenticateToken(db, token);
}

/** The token of `Authorization: Bearer`, or the password of `Basic` where a route takes that too. */
export function presentedToken(request: FastifyRequest, schemes: ('bearer' | 'basic')[]): string | null {
  const match = /^(?<scheme>[A-Za-z]+) +(?<value>\S+)$/.exec(request.headers.authorization ?? '');
  const { scheme = '', value = '' } = match?.groups ?? {};
  if (scheme.toLowerCase() === 'bearer' && schemes.includes('bearer')) return value;
  if (scheme.toLowerCase() !== 'basic' || !schemes.includes('basic')) return null;
  const decoded = Buffer.from(value, 'base64').toString();
  return decoded.slice(decoded.indexOf(':') + 1);
}

function assertDeclared(method: string, url: string, access: Access | undefined): void {
  if (access === undefined) throw new Error(`${method} ${url} does not say who may call it`);
  const isReading = /^(GET|HEAD)$/.test(method);
  if (!isReading && typeof access === 'object' && access.audit === undefined) {
    throw new Error(`${method} ${url} does not name its act for the audit`);
  }
}

/** A working token is never refused for what others behind the same address did wrong. */
async function principalOf(db: Db, request: FastifyRequest, limits: SourceLimits): Promise<Principal> {
  const principal = await whoAsks(db, request);
  if (principal !== null) return principal;
  const token = presentedToken(request, ['bearer']);
  if (token !== null) await limits.countFailure(request);
  throw new HttpProblem({
    status: 401,
    code: token === null ? 'token-missing' : 'token-refused',
    detail:
      token === null
        ? 'This needs a token, and the request has none.'
        : 'The token of the request is unknown, expired or revoked.',
    hint: 'Send "Authorization: Bearer trk_..." with a token from "trunkline token create".',
    headers: { 'www-authenticate': 'Bearer realm="trunkline"' },
  });
}

function assertScope(principal: Principal, needed: Scope): void {
  const granted = Math.max(...principal.scopes.map((scope) => scopes.indexOf(scope)));
  if (granted >= scopes.indexOf(needed)) return;
  throw new HttpProblem({
    status: 403,
    code: 'scope-missing',
    detail: `The token "${principal.name}" does not have the scope "${needed}", which this needs.`,
    hint: `Use a token that was made with "--scope ${needed}".`,
  });
}
