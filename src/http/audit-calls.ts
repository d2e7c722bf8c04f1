import type { FastifyRequest } from 'fastify';
import type { Json } from '../domain/json.ts';
import { recordAudit } from '../store/audit.ts';
import type { Db } from '../store/database.ts';
import { callerOf } from './access.ts';
import type { ZodApp } from './zod-app.ts';

/**
 * Records every valid call that would change something, before it does: nothing changes unrecorded. How the call was
 * answered is in the log, under the request id.
 */
export function auditCalls(app: ZodApp, db: Db): void {
  app.addHook('preHandler', (request, _reply, done) => {
    const access = request.routeOptions.config?.access;
    if (typeof access !== 'object' || access.audit == null) return done();
    record(request, access.audit).then(() => done(), done);
  });
  const record = async (request: FastifyRequest, action: string) =>
    recordAudit(db, {
      who: callerOf(request).name,
      action,
      target: request.url,
      // The body has passed its schema, and none of our schemas takes a secret.
      detail: { requestId: request.id, remote: request.ip, input: (request.body ?? null) as Json },
    });
}
