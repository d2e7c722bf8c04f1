import type { HTTPMethods } from 'fastify';
import { HttpProblem } from './problem.ts';
import type { ZodApp } from './zod-app.ts';

const methods: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Collects which methods each path has; call before any route is made. */
export function collectMethods(app: ZodApp): Map<string, Set<string>> {
  const known = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const ofPath = known.get(url) ?? new Set();
    for (const name of [method].flat()) ofPath.add(name);
    known.set(url, ofPath);
  });
  return known;
}

/** Answers 405 with the methods that a path does have; without this it would be a 404. */
export function refuseOtherMethods(app: ZodApp, known: ReadonlyMap<string, Set<string>>): void {
  for (const [url, ofPath] of [...known]) {
    const allowed = [...ofPath].sort().join(', ');
    app.route({
      method: methods.filter((method) => !ofPath.has(method)),
      url,
      exposeHeadRoute: false,
      config: { access: { scope: 'read', audit: 'none' } },
      schema: { hide: true },
      // Before the body is read and judged, which belongs to another method.
      onRequest: async (request) => {
        throw new HttpProblem({
          status: 405,
          code: 'method-not-allowed',
          detail: `${request.method} is not possible on this path.`,
          hint: `It takes ${allowed}.`,
          headers: { allow: allowed },
        });
      },
      handler: async () => undefined,
    });
  }
}
