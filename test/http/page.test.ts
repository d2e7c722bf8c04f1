import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { pageRoutes } from '../../src/http/routes/page.ts';
import type { ZodApp } from '../../src/http/zod-app.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startHttp } from './start-http.ts';

test('every address of the page gets its document, afresh each time, under a policy that allows only its own files', async () => {
  await using page = await servedPage();

  const addresses = await addressesOfThePage();

  const answers = await Promise.all(addresses.map((url) => page.app.inject(url)));

  expect(addresses).toContain('/runs/x');
  for (const { statusCode, headers, body } of answers) {
    expect([statusCode, body]).toEqual([200, '<!doctype html>']);
    expect(headers['cache-control']).toBe('no-cache');
    expect(headers['content-security-policy']).toContain("default-src 'none';script-src 'self'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
  }
});

/** Those that its own router knows, so that none is lost when it is opened or loaded again. */
async function addressesOfThePage(): Promise<string[]> {
  const routes = await readFile(new URL('../../src/web/routes.tsx', import.meta.url), 'utf8');
  return [...routes.matchAll(/path: '([^']+)'/g)].map(([, path = '']) => path.replaceAll(/\$\w+/g, 'x'));
}

test('assets are kept for good and sent as they were compressed', async () => {
  await using page = await servedPage();

  const plain = await page.app.inject('/assets/index-abc.js');
  const brotli = await page.app.inject({
    url: '/assets/index-abc.js',
    headers: { 'accept-encoding': 'gzip, br' },
  });
  const gone = await page.app.inject('/assets/none.js');

  expect(plain.body).toBe('plain');
  expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect([brotli.body, brotli.headers['content-encoding']]).toEqual(['compressed', 'br']);
  expect(brotli.headers['content-type']).toContain('javascript');
  expect(gone.statusCode).toBe(404);
});

test('nothing outside the page can be had', async () => {
  await using page = await servedPage();

  const climbing = ['/../secret.txt', '/..%2fsecret.txt', '/..%5csecret.txt', '/a%2f..%2f..%2fsecret.txt'];
  for (const url of [...climbing.map((path) => `/assets${path}`), '/assets/%2e%2e/secret.txt']) {
    const { statusCode, body } = await page.app.inject(url);
    expect(statusCode, url).toBe(404);
    expect(body).not.toContain('secret of the server');
  }
});

test('a server whose page is not built works, and says how to build it', async () => {
  await using folder = await temporaryFolder();
  const app = Fastify() as unknown as ZodApp;
  await pageRoutes(app, join(folder.path, 'none'));

  const answer = await app.inject('/');

  expect(answer.statusCode).toBe(503);
  expect(answer.body).toContain('npm run build:web');
  await app.close();
});

test('the API and the hooks never answer with the page', async () => {
  await using http = await startHttp();
  const headers = { ...(await http.as('read')), accept: 'text/html' };

  for (const url of ['/api/v1/nothing', '/api', '/hooks/nothing', '/subversion/x', '/nothing']) {
    const answer = await http.app.inject({ url, headers });
    expect([url, answer.statusCode]).toEqual([url, 404]);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  }
});

async function servedPage(): Promise<AsyncDisposable & { app: ZodApp }> {
  const opened = new AsyncDisposableStack();
  const folder = opened.use(await temporaryFolder());
  const page = join(folder.path, 'web');
  await mkdir(join(page, 'assets'), { recursive: true });
  await writeFile(join(folder.path, 'secret.txt'), 'secret of the server');
  await writeFile(join(page, 'index.html'), '<!doctype html>');
  await writeFile(join(page, 'assets/index-abc.js'), 'plain');
  await writeFile(join(page, 'assets/index-abc.js.br'), 'compressed');
  const app = Fastify() as unknown as ZodApp;
  opened.defer(() => app.close());
  await pageRoutes(app, page);
  return { app, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
