import type { ZodApp } from './zod-app.ts';

/** A name without a value (`?status=&branch=trunk`), as a script writes whose variable is empty, counts as left out. */
export function leaveOutEmptyQueries(app: ZodApp): void {
  app.addHook('preValidation', (request, _reply, done) => {
    const { query } = request;
    if (request.routeOptions.config?.access !== 'hook' && typeof query === 'object' && query !== null)
      request.query = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
    done();
  });
}
