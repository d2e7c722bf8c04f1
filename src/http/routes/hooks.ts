import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingHook } from '../../triggers/accept-hook.ts';
import { presentedToken } from '../access.ts';
import { jenkinsHookParams, jenkinsHookQuery, svnHookBody } from '../schemas/hook.ts';
import type { ZodApp } from '../zod-app.ts';
import { gitHookRoute } from './git-hooks.ts';
import { eventOf, type HookDependencies, hookAnswers } from './hook-answers.ts';
import { webhookRoutes } from './webhooks.ts';

/** A hook is one line; whoever sends more is not one. */
const svnBodyBytes = 16 * 1024;

export function hookRoutes(app: ZodApp, dependencies: HookDependencies): void {
  app.post(
    '/hooks/svn',
    {
      bodyLimit: svnBodyBytes,
      config: { access: 'hook' },
      onRequest: (request) => dependencies.limits.admitHook(request),
      schema: {
        operationId: 'svnHook',
        summary: 'What hooks/svn-post-commit sends, with the token of its repository as bearer',
        tags: ['hooks'],
        body: svnHookBody,
        response: hookAnswers,
      },
    },
    (request, reply) => {
      const { uuid, revision, kind } = request.body;
      const hook = { source: 'svn-hook', uuid, revision, kind, body: request.body } as const;
      return acceptHook({ request, reply, dependencies, hook, schemes: ['bearer'] });
    },
  );
  gitHookRoute(app, dependencies);
  webhookRoutes(app, dependencies);
  app.register((scope, _options, done) => {
    jenkinsRoute(scope, dependencies);
    done();
  });
}

/** Those hooks send the list of changed paths, of any length and kind: it is let pass by and never kept. */
function jenkinsRoute(app: ZodApp, dependencies: HookDependencies): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', async (_request: FastifyRequest, payload: IncomingMessage) => {
    payload.resume();
    return null;
  });
  app.post(
    '/subversion/:uuid/notifyCommit',
    {
      config: { access: 'hook' },
      onRequest: (request) => dependencies.limits.admitHook(request),
      schema: {
        operationId: 'jenkinsHook',
        summary:
          'What existing Jenkins hooks call; the token is the bearer, or the password of basic authentication',
        tags: ['hooks'],
        params: jenkinsHookParams,
        querystring: jenkinsHookQuery,
        response: hookAnswers,
      },
    },
    (request, reply) => {
      const { uuid } = request.params;
      const revision = request.query.rev ?? null;
      const body = { uuid, revision };
      const hook = { source: 'jenkins-hook', uuid, revision, kind: 'commit', body } as const;
      return acceptHook({ request, reply, dependencies, hook, schemes: ['bearer', 'basic'] });
    },
  );
}

interface HookCall {
  request: FastifyRequest;
  reply: FastifyReply;
  dependencies: HookDependencies;
  hook: Pick<IncomingHook, 'source' | 'uuid' | 'revision' | 'kind' | 'body'>;
  schemes: Parameters<typeof presentedToken>[1];
}

async function acceptHook({ request, reply, dependencies, hook, schemes }: HookCall) {
  const token = presentedToken(request, schemes) ?? '';
  const receipt = await dependencies.acceptHook({
    ...hook,
    token,
    remote: request.ip,
    headers: request.headers,
  });
  const challenge = schemes.map((scheme) => (scheme === 'bearer' ? 'Bearer' : 'Basic')).join(', ');
  const eventId = await eventOf(
    receipt,
    { request, dependencies, source: hook.source },
    {
      hint: 'Send the hook token of the repository as "Authorization: Bearer TOKEN", and the UUID that "svnlook uuid" prints.',
      headers: { 'www-authenticate': challenge.replace('Basic', 'Basic realm="trunkline"') },
    },
  );
  return reply.code(receipt.kind === 'stored' ? 202 : 200).send({ event: eventId });
}
