import { expect, test } from 'vitest';
import { askProbe } from '../../../src/clusters/kubernetes/probe-answer.ts';
import { probeHint } from '../../../src/clusters/kubernetes/probe-finding.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { type Answer, answerJson, startApiServer } from './api-server.ts';
import { container, pod } from './looks.ts';

// What a real pod answers is in the catalogue; these are answers that a healthy cluster does not give.

const never = new AbortController().signal;
const running = container({ running: { startedAt: '2026-01-01T10:00:00Z' } });

async function ask(answer: Answer, httpGet: JsonObject, more: JsonObject = {}) {
  await using server = await startApiServer(answer);
  const asked = pod('cart-1', running, { spec: { readinessProbe: { httpGet, ...more }, ports: [] } });
  const found = await askProbe(
    { api: server.api, namespace: 'shop' },
    { pod: asked, container: 'api' },
    never,
  );
  return { found, requests: server.requests };
}

const status = (code: number, message: string) => ({
  ...{ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message },
});

test('a probe is asked as its kubelet does, with scheme, port and query', async () => {
  const { found, requests } = await ask(
    (_, answer) => answer.writeHead(503).end('<p>the orders table is missing</p>'),
    { port: 8443, path: '/health?deep=1', scheme: 'HTTPS' },
  );

  expect(requests).toEqual(['GET /api/v1/namespaces/shop/pods/https:cart-1:8443/proxy/health?deep=1']);
  expect(found && probeHint(found)).toContain('503 (the orders table is missing)');
});

test('a path that would lead out of the pod is not asked for with our rights', async () => {
  const path = '/../../../secrets/cart-account';
  const { found, requests } = await ask((_, answer) => answer.end('{}'), { port: 8080, path });

  expect(found).toBeNull();
  expect(requests).toEqual([]);
});

test('a refusal of the API server is no answer of the pod, one of the pod is', async () => {
  const forbidden = status(403, 'pods "cart-1" is forbidden: User "x" cannot get resource "pods/proxy"');
  const denied = await ask((_, answer) => answerJson(answer, 403, forbidden), { port: 8080 });
  const login = await ask((_, answer) => answer.writeHead(403).end('log in first'), { port: 8080 });

  expect(denied.found).toBeNull();
  expect(login.found && probeHint(login.found)).toMatch(/403. The path wants a login/);
});

test('an answer that comes too late for the probe is told with the time it took', async () => {
  const slow: Answer = (_, answer) => {
    setTimeout(() => answer.end('up'), 1_200);
  };

  const { found } = await ask(slow, { port: 8080 }, { timeoutSeconds: 1 });

  expect(found && probeHint(found)).toMatch(/200, after 1\.\d s, but the probe waits 1 s: raise its timeout/);
});

test('who answers by now is told to want more time, who does not to be looked at', async () => {
  const up = await ask((_, answer) => answer.end('up'), { port: 8080 });
  const text = 'error trying to reach service: dial tcp 10.0.0.7:8080: connect: connection refused';
  const down = await ask((_, answer) => answerJson(answer, 503, status(503, text)), { port: 8080 });

  expect(up.found && probeHint(up.found)).toMatch(/it answers by now. Give the probe more time/);
  expect(down.found && probeHint(down.found)).toMatch(
    /dial tcp 10.0.0.7:8080: connect: connection refused. See in its log on which port/,
  );
});
