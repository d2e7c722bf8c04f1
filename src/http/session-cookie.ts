import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Db } from '../store/database.ts';
import { authenticateSession, type Session, sessionLifetimeMs } from '../store/sessions.ts';
import { HttpProblem } from './problem.ts';

const cookieName = 'trunkline_session';

/** Scripts cannot read it, other sites cannot send it, and over https it never travels in the clear. */
export function setSessionCookie(reply: FastifyReply, secret: string, options: { secure: boolean }): void {
  reply.setCookie(cookieName, secret, { ...cookieFacts(options), maxAge: sessionLifetimeMs / 1000 });
}

export function clearSessionCookie(reply: FastifyReply, options: { secure: boolean }): void {
  reply.clearCookie(cookieName, cookieFacts(options));
}

export function sessionSecret(request: FastifyRequest): string | undefined {
  return request.cookies[cookieName];
}

/**
 * Whose session the request shows; null when it shows none that still holds.
 * @throws HttpProblem 403 when it would change something and does not come from this server's own page
 */
export async function sessionPrincipal(db: Db, request: FastifyRequest): Promise<Session | null> {
  const secret = sessionSecret(request);
  if (secret === undefined) return null;
  if (!/^(GET|HEAD)$/.test(request.method)) assertOwnPage(request);
  return authenticateSession(db, secret);
}

/**
 * A cookie is sent by the browser, whoever made it ask. Browsers say where a request comes from: in Sec-Fetch-Site,
 * or, over plain http to another machine, only in Origin, which must be the address that was asked.
 * @throws HttpProblem 403
 */
export function assertOwnPage(request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site'];
  if (site === undefined ? isOwnOrigin(request) : site === 'same-origin') return;
  throw new HttpProblem({
    status: 403,
    code: 'foreign-page',
    detail: 'The request does not come from the page of this server.',
    hint: 'Use the page at its own address; programs send "Authorization: Bearer" instead of the cookie.',
  });
}

function isOwnOrigin({ headers }: FastifyRequest): boolean {
  const { origin, host } = headers;
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}

function cookieFacts({ secure }: { secure: boolean }) {
  return { path: '/', httpOnly: true, sameSite: 'strict', secure } as const;
}
