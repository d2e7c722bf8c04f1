import { suggest } from '../../domain/suggestion.ts';
import { type TokenLimit, tokenLimit } from '../../domain/token-limit.ts';
import {
  createToken,
  listTokens,
  revokeToken,
  type Scope,
  scopesIn,
  type TokenRow,
} from '../../store/tokens.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { HttpProblem, notFound } from '../problem.ts';
import { newTokenSchema, tokenBody, tokenListSchema, tokenParams } from '../schemas/operations.ts';
import { iso, noContent } from '../schemas/shared.ts';
import type { ZodApp } from '../zod-app.ts';

const dayMs = 86_400_000;

export function tokenRoutes(app: ZodApp, dependencies: HttpDependencies): void {
  listRoute(app, dependencies);
  createRoute(app, dependencies);
  revokeRoute(app, dependencies);
}

function listRoute(app: ZodApp, { db }: HttpDependencies): void {
  app.get(
    '/api/v1/tokens',
    {
      config: { access: { scope: 'admin' } },
      schema: {
        operationId: 'listTokens',
        summary: 'The tokens and when each was last used; never a token itself',
        tags: ['tokens'],
        response: { 200: tokenListSchema },
      },
    },
    async () => ({ items: (await listTokens(db)).map(tokenView) }),
  );
}

function createRoute(app: ZodApp, { db, config }: HttpDependencies): void {
  app.post(
    '/api/v1/tokens',
    {
      config: { access: { scope: 'admin', audit: 'token.create' } },
      schema: {
        operationId: 'createToken',
        summary: 'Make a token; the answer is the only place where it is ever shown',
        tags: ['tokens'],
        body: tokenBody,
        response: { 201: newTokenSchema },
      },
    },
    async ({ body }, reply) => {
      const { name, scopes, roles, repositories, pipelines, expiresInDays } = body;
      const limit = tokenLimit({ repositories: repositories ?? null, pipelines: pipelines ?? null });
      assertUsefulLimit(config, scopes, limit);
      const expiresAt = expiresInDays === undefined ? null : new Date(Date.now() + expiresInDays * dayMs);
      const { token, row } = await createToken(db, { name, scopes, roles, limit, expiresAt });
      return reply.code(201).send({ ...tokenView(row), token });
    },
  );
}

function revokeRoute(app: ZodApp, { db }: HttpDependencies): void {
  app.delete(
    '/api/v1/tokens/:id',
    {
      config: { access: { scope: 'admin', audit: 'token.revoke' } },
      schema: {
        operationId: 'revokeToken',
        summary: 'End a token; the next call with it is refused',
        tags: ['tokens'],
        params: tokenParams,
        response: { 204: noContent },
      },
    },
    async ({ params }, reply) => {
      if (!(await revokeToken(db, params.id))) throw notFound('token', params.id);
      return reply.code(204).send();
    },
  );
}

/** @throws HttpProblem 422 for a limit that its maker cannot mean */
function assertUsefulLimit(
  { repositories }: HttpDependencies['config'],
  granted: readonly Scope[],
  limit: TokenLimit | null,
): void {
  const known = Object.keys(repositories);
  const unknown = limit?.repositories?.find((name) => !known.includes(name));
  const mistake =
    limit !== null && granted.includes('admin')
      ? { what: 'the scope "admin" is about the whole server', hint: 'Give it "run" or "read".' }
      : unknown !== undefined && {
          what: `there is no repository "${unknown}"`,
          hint: suggest(unknown, known) ?? "Add it under 'repositories' in trunkline.yaml.",
        };
  if (mistake === false) return;
  const detail = `Cannot make a token that is limited so: ${mistake.what}.`;
  throw new HttpProblem({ status: 422, code: 'token-limit-refused', detail, hint: mistake.hint });
}

function tokenView(row: TokenRow) {
  return {
    id: row.id,
    name: row.name,
    scopes: scopesIn(row.scopes),
    roles: row.roles,
    repositories: row.repositories,
    pipelines: row.pipelines,
    createdAt: iso(row.created_at),
    expiresAt: iso(row.expires_at),
    lastUsedAt: iso(row.last_used_at),
  };
}
