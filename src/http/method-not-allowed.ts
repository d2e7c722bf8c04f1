import type { HTTPMethods } from 'fastify';
import type { Access } from './access.ts';
import { HttpProblem } from './problem.ts';
import type { ZodApp } from './zod-app.ts';

const methods: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

interface KnownPath {
  methods: Set<string>;
  /** Of a hook: whoever opens its address in a browser has no token for it, and needs none to learn that it takes POST. */
  isHook: boolean;
}

/** Collects which methods each path has; call before any route is made. */
export function collectMethods(app: ZodApp): Map<string, KnownPath> {
  const known = new Map<string, KnownPath>();
  app.addHook('onRoute', ({ url, method, config }) => {
    const ofPath = known.get(url) ?? { methods: new Set(), isHook: config?.access === 'hook' };
    for (const name of [method].flat()) ofPath.methods.add(name);
    known.set(url, ofPath);
  });
  return known;
}

/** Answers 405 with the methods that a path does have; without this it would be a 404. */
export function refuseOtherMethods(app: ZodApp, known: ReadonlyMap<string, KnownPath>): void {
  for (const [url, { methods: ofPath, isHook }] of [...known]) {
    const allowed = [...ofPath].sort().join(', ');
    const access: Access = isHook ? 'public' : { scope: 'read', audit: 'none', reach: 'all' };
    app.route({
      method: methods.filter((method) => !ofPath.has(method)),
      url,
      exposeHeadRoute: false,
      config: { access },
      schema: { hide: true },
      // Before the body is read and judged, which belongs to another method.
      onRequest: async (request) => {
        throw new HttpProblem({
          status: 405,
          code: 'method-not-allowed',
          detail: `${request.method} is not possible on this path.`,
          hint: isHook
            ? `Enter this address where a hook is to be sent to: it takes ${allowed}.`
            : `It takes ${allowed}.`,
          headers: { allow: allowed },
        });
      },
      handler: async () => undefined,
    });
  }
}
