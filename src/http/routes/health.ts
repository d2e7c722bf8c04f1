import { setTimeout as delay } from 'node:timers/promises';
import { pingDatabase } from '../../store/ping.ts';
import { isAnyTaking, notifierStandings } from '../../store/standing.ts';
import type { HttpDependencies } from '../dependencies.ts';
import type { Metrics } from '../metrics.ts';
import { healthSchema, readinessSchema } from '../schemas/operations.ts';
import type { ZodApp } from '../zod-app.ts';

export function healthRoutes(app: ZodApp, dependencies: HttpDependencies & { metrics: Metrics }): void {
  aliveRoute(app, dependencies);
  readyRoute(app, dependencies);
  metricsRoute(app, dependencies.metrics);
}

function aliveRoute(app: ZodApp, { version }: HttpDependencies): void {
  app.get(
    '/healthz',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'health',
        summary: 'Whether the process answers',
        tags: ['operations'],
        security: [],
        response: { 200: healthSchema },
      },
    },
    async () => ({ status: 'ok' as const, version }),
  );
}

function readyRoute(app: ZodApp, dependencies: HttpDependencies): void {
  const check = shared(() => readiness(dependencies));
  app.get(
    '/readyz',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'readiness',
        summary: 'Whether database and queue answer, and what else is amiss',
        tags: ['operations'],
        security: [],
        response: { 200: readinessSchema, 503: readinessSchema },
      },
    },
    async (_request, reply) => {
      const { checks, troubles } = await check();
      const isReady = checks.database === 'ok' && checks.queue === 'ok';
      const status = isReady ? 'ready' : 'not-ready';
      // Hooks, the page and the other workers go on: to take the server out of service would not free its disk.
      const { isFull } = dependencies.seenDisk();
      const degraded = [...(isFull ? (['disk-full'] as const) : []), ...troubles];
      return reply.code(isReady ? 200 : 503).send({ status, checks, degraded });
    },
  );
}

function metricsRoute(app: ZodApp, metrics: Metrics): void {
  app.get(
    '/metrics',
    {
      config: { access: { scope: 'read' } },
      schema: {
        operationId: 'metrics',
        summary: 'Measurements in the text format of Prometheus',
        tags: ['operations'],
        produces: ['text/plain'],
      },
    },
    async (_request, reply) => {
      const { contentType, text } = await metrics.render();
      return reply.type(contentType).send(text);
    },
  );
}

const answerWithinMs = 2000;
/** Fewer are what any chat has now and then. */
const manyRefusals = 3;

async function readiness(dependencies: HttpDependencies) {
  const { db, queueDepth, logger } = dependencies;
  const ask = async (what: string, question: Promise<unknown>): Promise<'ok' | 'failed'> => {
    const timeout = new AbortController();
    try {
      const late = delay(answerWithinMs, undefined, { signal: timeout.signal }).then(() => {
        throw new Error(`no answer within ${answerWithinMs} ms`);
      });
      await Promise.race([question, late]);
      return 'ok';
    } catch (error) {
      logger.warn({ err: error, what }, 'not ready');
      return 'failed';
    } finally {
      timeout.abort();
    }
  };
  let troubles: Trouble[] = [];
  const look = async () => {
    await pingDatabase(db);
    troubles = await troublesOf(dependencies);
  };
  const [database, queue] = await Promise.all([ask('database', look()), ask('queue', queueDepth())]);
  return { checks: { database, queue }, troubles };
}

type Trouble = 'no-worker' | 'notifier-failing';

/** What others have to mend: to start this server anew would not. */
async function troublesOf({ db, config }: HttpDependencies): Promise<Trouble[]> {
  const [isTaking, notifiers] = await Promise.all([
    isAnyTaking(db),
    notifierStandings(db, Object.keys(config.notify)),
  ]);
  const isUnheard = notifiers.some(({ refusals }) => refusals >= manyRefusals);
  return [
    ...(isTaking ? [] : (['no-worker'] as const)),
    ...(isUnheard ? (['notifier-failing'] as const) : []),
  ];
}

/** Anybody may ask; callers at the same time get the same answer, so that asking cannot become a load. */
function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | null = null;
  return () => {
    underWay ??= ask().finally(() => {
      underWay = null;
    });
    return underWay;
  };
}
