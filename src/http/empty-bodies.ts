import type { ZodApp } from './zod-app.ts';

/** Many clients say of every call that its body is JSON, also of one that has none: then it has none. */
export function takeEmptyBodies(app: ZodApp): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, null);
    else void parse(request, String(body), done);
  });
}
