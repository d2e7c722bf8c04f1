import { HttpProblem } from './problem.ts';
import type { ZodApp } from './zod-app.ts';

/** What Node by itself refuses without a word: a request that names no host is told so; an expectation that nobody knows counts as none. */
export function takeOddRequests(app: ZodApp): void {
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  app.addHook('onRequest', ({ headers, raw }, _reply, done) => {
    if (headers.host !== undefined || raw.httpVersion !== '1.1') return done();
    done(
      new HttpProblem({
        status: 400,
        code: 'host-missing',
        detail: 'The request does not say which host it is for.',
        hint: 'Send the header "Host", as HTTP/1.1 wants it.',
      }),
    );
  });
}
