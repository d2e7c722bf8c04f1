import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import Fastify, { type FastifyBaseLogger, type FastifyReply, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { requireTokens } from './access.ts';
import { answerUnreadable } from './answer-unreadable.ts';
import { auditCalls } from './audit-calls.ts';
import type { HttpDependencies } from './dependencies.ts';
import { takeEmptyBodies } from './empty-bodies.ts';
import { leaveOutEmptyQueries } from './empty-queries.ts';
import { answerErrors, answerFrameworkError } from './error-handler.ts';
import { collectMethods, refuseOtherMethods } from './method-not-allowed.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { describeApi, openApiRoute } from './openapi.ts';
import { refuseBrokenText } from './refuse-broken-text.ts';
import { refuseEncodings } from './refuse-encodings.ts';
import { approvalRoutes } from './routes/approvals.ts';
import { artifactRoutes } from './routes/artifacts.ts';
import { badgeRoute } from './routes/badges.ts';
import { deliveryRoutes } from './routes/delivery.ts';
import { dnsRoutes } from './routes/dns.ts';
import { driftRoutes } from './routes/drift.ts';
import { environmentRoutes } from './routes/environments.ts';
import { eventRoutes } from './routes/events.ts';
import { healthRoutes } from './routes/health.ts';
import { hookRoutes } from './routes/hooks.ts';
import { lintRoute } from './routes/lint.ts';
import { logSearchRoute } from './routes/log-search.ts';
import { notifierRoute } from './routes/notifiers.ts';
import { operationRoutes } from './routes/operations.ts';
import { pageRoutes } from './routes/page.ts';
import { pipelineRoutes } from './routes/pipelines.ts';
import { promotionRoutes } from './routes/promotion.ts';
import { rollbackRoute } from './routes/rollback.ts';
import { runActionRoutes } from './routes/run-actions.ts';
import { runEventRoutes } from './routes/run-events.ts';
import { runLogRoute } from './routes/run-log.ts';
import { runRoutes } from './routes/runs.ts';
import { sessionRoutes } from './routes/session.ts';
import { tokenRoutes } from './routes/tokens.ts';
import type { StreamSettings } from './send-stream.ts';
import { createSourceLimits, defaultSourceRates } from './source-limits.ts';
import { strictHeaders } from './strict-headers.ts';
import { takeOddRequests } from './take-odd-requests.ts';
import type { ZodApp } from './zod-app.ts';

const bodyBytes = 64 * 1024;
const requestTimeoutMs = 30_000;

/**
 * The whole HTTP face, ready to `listen` or `inject`. Closing it ends live streams at once and lets other answers
 * finish.
 */
export async function createHttpServer(dependencies: HttpDependencies): Promise<ZodApp> {
  const loggerInstance: FastifyBaseLogger = dependencies.logger;
  const app = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => randomUUID(),
    bodyLimit: bodyBytes,
    trustProxy: dependencies.config.trustedProxies,
    requestTimeout: requestTimeoutMs,
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerUnreadable,
    // Node would answer these two with a status and nothing else: `takeOddRequests`.
    http: { requireHostHeader: false },
    // Addresses are put together by hand: https://ci.example.com/ + /hooks/gitlab.
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorOf);
  app.setSerializerCompiler(serializerCompiler);
  app.removeContentTypeParser('text/plain');
  takeEmptyBodies(app);

  const metrics = createMetrics(dependencies);
  observeRequests(app, metrics);
  secureAnswers(app, dependencies.config.url);
  takeOddRequests(app);
  answerErrors(app);
  const limits = await createSourceLimits(app, {
    ...defaultSourceRates,
    hooks: dependencies.config.hooksPerMinute,
    ...dependencies.sourceRates,
  });
  await app.register(cookie);
  requireTokens(app, { ...dependencies, limits });
  refuseEncodings(app);
  refuseBrokenText(app);
  leaveOutEmptyQueries(app);
  auditCalls(app, dependencies.db);
  await describeApi(app, dependencies.version);
  const methods = collectMethods(app);
  hookRoutes(app, { ...dependencies, limits, countHook: metrics.countHook });
  apiRoutes(app, { ...dependencies, closing: closingSignal(app) }, metrics);
  sessionRoutes(app, { ...dependencies, limits });
  await pageRoutes(app);
  openApiRoute(app);
  await app.after();
  refuseOtherMethods(app, methods);
  await app.ready();
  return app;
}

/** A missing body comes as null; to a schema it is undefined, so that its default holds. */
const validatorOf: typeof validatorCompiler = (route) => {
  const validate = validatorCompiler(route);
  return (input) => validate(input ?? undefined);
};

function apiRoutes(app: ZodApp, dependencies: HttpDependencies & StreamSettings, metrics: Metrics): void {
  pipelineRoutes(app, dependencies);
  lintRoute(app, dependencies);
  badgeRoute(app, dependencies);
  runRoutes(app, dependencies);
  runActionRoutes(app, dependencies);
  approvalRoutes(app, dependencies);
  artifactRoutes(app, dependencies);
  runLogRoute(app, dependencies);
  logSearchRoute(app, dependencies);
  runEventRoutes(app, dependencies);
  eventRoutes(app, dependencies);
  environmentRoutes(app, dependencies);
  driftRoutes(app, dependencies);
  deliveryRoutes(app, dependencies);
  dnsRoutes(app, dependencies);
  rollbackRoute(app, dependencies);
  promotionRoutes(app, dependencies);
  operationRoutes(app, dependencies);
  notifierRoute(app, dependencies);
  tokenRoutes(app, dependencies);
  healthRoutes(app, { ...dependencies, metrics });
}

/** Strict headers on every answer, also on errors; no other site may read, frame or embed them. */
function secureAnswers(app: ZodApp, url: string | null): void {
  const headers = strictHeaders({ isHttps: url?.startsWith('https:') ?? false });
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
  beforeSending(app, (reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
}

function observeRequests(app: ZodApp, metrics: Metrics): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { method, ip } = request;
    const route = request.routeOptions.url ?? 'none';
    metrics.observeRequest({ method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
    // A hook that was accepted is in the inbox, with its time and its source.
    const isKept = request.routeOptions.config.access === 'hook';
    const isRoutine = (method === 'GET' || isKept) && reply.statusCode < 400;
    const ms = Math.round(reply.elapsedTime);
    request.log[isRoutine ? 'debug' : 'info'](
      { method, route, status: reply.statusCode, ms, remote: ip },
      'answered',
    );
    done();
  });
}

/** How long a reader may take for what it was sent, once the server closes: one that has stopped to read would hold it up for ever. */
const closeGraceMs = 5000;

/** Aborts when the server closes; from then on no answer keeps its connection, so that closing does not wait for it. */
function closingSignal(app: ZodApp): AbortSignal {
  const closing = new AbortController();
  app.addHook('preClose', async () => {
    closing.abort();
    setTimeout(() => app.server.closeAllConnections(), closeGraceMs).unref();
  });
  beforeSending(app, (reply) => {
    if (closing.signal.aborted) reply.header('connection', 'close');
  });
  return closing.signal;
}

/** Without a promise for each answer: hooks come by the thousand. */
function beforeSending(app: ZodApp, act: (reply: FastifyReply) => void): void {
  app.addHook('onSend', (...[, reply, payload, done]) => {
    act(reply);
    done(null, payload);
  });
}
