import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply } from 'fastify';
import type { ZodApp } from '../zod-app.ts';

/** Where Vite builds the page to; the same seen from the sources and from what is compiled of them. */
const builtPage = join(import.meta.dirname, '../../../dist/web');

/** The addresses that the page itself understands: each gets the same document, whatever stands behind it. */
const pagePaths = [
  '/',
  ...['/start', '/lint'],
  ...['/pipelines', '/runs', '/environments', '/repositories', '/events'].flatMap((path) => [
    path,
    `${path}/*`,
  ]),
  '/workers',
];

/** The page's own files and nothing else: no script of another place, nothing inline, no frame around it. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join(';');

/** Serves the page from `folder`; without a built page the server works all the same, and says how to build it. */
export async function pageRoutes(app: ZodApp, folder: string = builtPage): Promise<void> {
  await app.register(fastifyStatic, {
    root: folder,
    serve: false,
    preCompressed: true,
    suppressWarning: true,
  });
  const open = { config: { access: 'public' as const }, schema: { hide: true } };
  for (const path of pagePaths) app.get(path, open, async (_request, reply) => sendDocument(reply, folder));
  app.get<{ Params: { '*': string } }>('/assets/*', open, async ({ params: { '*': name } }, reply) => {
    // Who climbs gets no other answer than for what is not there, and no line in the log of faults.
    if (name.split(/[\\/]/).includes('..')) return reply.callNotFound();
    // Their names change with their content.
    return reply.sendFile(join('assets', name), { maxAge: '365d', immutable: true });
  });
  app.get('/favicon.svg', open, async (_request, reply) => reply.sendFile('favicon.svg', { maxAge: '1d' }));
}

function sendDocument(reply: FastifyReply, folder: string): FastifyReply {
  reply.header('content-security-policy', contentSecurityPolicy).header('cache-control', 'no-cache');
  if (existsSync(join(folder, 'index.html'))) return reply.sendFile('index.html', { cacheControl: false });
  return reply
    .code(503)
    .type('text/plain; charset=utf-8')
    .send('The page of this server is not built: run "npm run build:web" where Trunkline is installed.\n');
}
