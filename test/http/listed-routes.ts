import type { ZodApp } from '../../src/http/zod-app.ts';

export interface ListedRoute {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  url: string;
}

/** Reads the tree that Fastify prints of its router: indented parts of paths, with their methods behind. */
export function listedRoutes(app: ZodApp): ListedRoute[] {
  const tree = app.printRoutes({ commonPrefix: false });
  const parts: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const match = /^(?<indent>[│├└─ ]*)(?<part>\S+)(?: \((?<methods>[A-Z, ]+)\))?/.exec(line)?.groups;
    if (match?.part === undefined || match.indent === undefined) return [];
    const depth = match.indent.length / 4 - 1;
    parts.splice(depth, parts.length, match.part);
    const url = parts.join('');
    return (match.methods?.split(', ') ?? []).map((method) => ({
      method: method as ListedRoute['method'],
      url,
    }));
  });
}
