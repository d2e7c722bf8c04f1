import { HttpProblem } from './problem.ts';
import type { ZodApp } from './zod-app.ts';

/** Refuses bodies that are compressed: nothing here unpacks them, so that none grows beyond its limit. */
export function refuseEncodings(app: ZodApp): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (encoding === 'identity' || encoding === '') return done();
    done(
      new HttpProblem({
        status: 415,
        code: 'encoding-not-supported',
        detail: `The body of the request is encoded as ${JSON.stringify(encoding)}, which is not read here.`,
        hint: 'Send it as it is, without "Content-Encoding".',
        headers: { 'accept-encoding': 'identity' },
      }),
    );
  });
}
