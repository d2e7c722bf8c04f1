import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { toldBy } from '../../domain/webhook-news.ts';
import { withoutSecrets } from '../../domain/webhook-record.ts';
import type { IncomingGitHook } from '../../triggers/accept-git-hook.ts';
import { provesAny } from '../../triggers/accept-git-hook.ts';
import { createBodyReader } from '../body-reader.ts';
import { HttpProblem } from '../problem.ts';
import { webhookAnswerSchema } from '../schemas/hook.ts';
import type { ZodApp } from '../zod-app.ts';
import { type Forge, forges, headerOf, textOf } from './forges.ts';
import { eventOf, type HookDependencies, hookAnswers } from './hook-answers.ts';

/** The largest that GitLab and GitHub send. */
const bodyBytes = 25 * 1024 * 1024;
const shared = { free: 64 * 1024, atOnce: 128 * 1024 * 1024 };

/** Signatures are of the bytes as they came: the body is parsed only when they fit. */
export function webhookRoutes(app: ZodApp, dependencies: HookDependencies): void {
  app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    const readBody = createBodyReader({ most: bodyBytes, ...shared });
    scope.addContentTypeParser('*', async (_request: FastifyRequest, body: IncomingMessage) =>
      readBody(body),
    );
    for (const forge of forges) webhookRoute(scope, dependencies, forge);
    done();
  });
}

function webhookRoute(app: ZodApp, dependencies: HookDependencies, forge: Forge): void {
  app.post(
    forge.path,
    {
      bodyLimit: bodyBytes,
      config: { access: 'hook' },
      onRequest: async (request) => {
        await dependencies.limits.admitHook(request);
        await refuseStranger(request, dependencies, forge);
      },
      schema: {
        operationId: forge.operationId,
        summary: forge.summary,
        tags: ['hooks'],
        response: { 200: webhookAnswerSchema, 202: hookAnswers[202] },
      },
    },
    async (request, reply) => {
      const { headers } = request;
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const proves: IncomingGitHook['proves'] = (repository) => forge.proves({ headers, body }, repository);
      const received = { request, dependencies, source: forge.source };
      if (!provesAny(dependencies.config.repositories, proves)) {
        await eventOf({ kind: 'denied' }, received, forge);
      }
      const payload = payloadOf(request, body);
      const news = forge.read(headers, payload);
      if (news.kind === 'ignored') return reply.code(200).send({ ignored: news.why });
      const receipt = await dependencies.acceptGitHook({
        source: forge.source,
        repository: { urls: news.urls },
        proves,
        news: toldBy(news),
        payload: withoutSecrets(payload),
        delivery: deliveryOf(request, forge),
        remote: request.ip,
        headers,
      });
      if (receipt.kind === 'denied' && (news.kind === 'hint' || forge.isOfMany(headers))) {
        dependencies.countHook(forge.source, 'denied');
        return reply.code(200).send({ ignored: strangerText(news.urls) });
      }
      const event = await eventOf(receipt, { ...received, isProven: true }, forge);
      return reply.code(receipt.kind === 'stored' ? 202 : 200).send({ event });
    },
  );
}

/**
 * Of a webhook whose secret is right and that says to be of many projects, or of none that it names. It is no wrong secret:
 * to be told so again and again would make GitLab stop the webhook. Whether the repository is known with another secret is
 * not told.
 */
function strangerText(urls: readonly string[]): string {
  if (urls.length === 0)
    return 'it does not say which repository it is of, and its secret is not that of a single one';
  return `no repository in trunkline.yaml has its address and its secret (${urls.join(', ')})`;
}

/** Nobody who cannot speak for any repository gets 25 MB read. */
async function refuseStranger(
  request: FastifyRequest,
  dependencies: HookDependencies,
  forge: Forge,
): Promise<void> {
  const mayProve: IncomingGitHook['proves'] = (repository) => forge.mayProve(request.headers, repository);
  if (provesAny(dependencies.config.repositories, mayProve)) return;
  await eventOf({ kind: 'denied' }, { request, dependencies, source: forge.source }, forge);
}

/** JSON, or a form with JSON in it, which is what GitHub sends unless told otherwise; a byte order mark before it is none of it. */
function payloadOf({ headers }: FastifyRequest, body: Buffer): unknown {
  try {
    return JSON.parse(textOf(headers, body));
  } catch {
    throw new HttpProblem({
      status: 400,
      code: 'malformed-body',
      detail: 'The body of the webhook could not be read as JSON.',
      hint: 'Choose "application/json" as the content type of the webhook.',
    });
  }
}

function deliveryOf({ headers }: FastifyRequest, { deliveryHeaders }: Forge): string | null {
  const delivery = deliveryHeaders.map((name) => headerOf(headers, name)).find((value) => value !== '');
  return delivery !== undefined && delivery.length <= 200 ? delivery : null;
}
