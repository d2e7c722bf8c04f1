import { expect, test } from 'vitest';
import { startRollouts } from '../clusters/kubernetes/rollouts-under-test.ts';
import { startHttp } from '../http/start-http.ts';
import { testConfig } from '../http/test-config.ts';
import { environmentFor } from './run-cli.ts';
import { runHere } from './run-here.ts';

const corefile = '. {\n    errors\n    forward . /etc/resolv.conf\n}\n';

/** The server, with a namespace that stands in for kube-system. */
async function startServer() {
  const rollouts = await startRollouts();
  const { kubectl, namespace, cluster } = rollouts;
  await kubectl('create', 'configmap', 'coredns', `--from-literal=Corefile=${corefile}`);
  const { staging, production } = testConfig.environments;
  if (staging === undefined || production === undefined) throw new Error('no such environment');
  const dns = {
    server: null,
    namespace,
    stubDomains: { 'corp.example.com': ['10.0.0.53'] },
    upstream: ['10.0.0.54'],
    check: [],
    watchMs: 1_000,
  };
  const environments = { staging: { ...staging, dns }, production };
  const elsewhere = { text: undefined as string | undefined };
  const http = await startHttp({
    config: { ...testConfig, environments },
    dnsOf: () => cluster.dns,
    otherClusterOf: async () => elsewhere.text,
  });
  return {
    http,
    elsewhere,
    written: () => kubectl('get', 'configmap', 'coredns', '-o', 'jsonpath={.data.Corefile}'),
    async [Symbol.asyncDispose]() {
      await http[Symbol.asyncDispose]();
      await rollouts[Symbol.asyncDispose]();
    },
  };
}

test('the command shows what differs, writes it when told to, and waits for what comes of it', async () => {
  await using server = await startServer();
  const environment = await environmentFor(server.http);

  const shown = await runHere(['dns', 'staging'], environment);
  const untouched = await server.written();
  const applied = await runHere(['dns', 'staging', '--apply'], environment);
  const after = await runHere(['dns', 'staging'], environment);
  const again = await runHere(['dns', 'staging', '--apply', '--json'], environment);

  expect(shown.stdout).toMatch(
    /^configmap\/coredns in \S+ differs from the config of staging:\n {2}Corefile:\n {4}- {5}forward \. \/etc\/resolv\.conf\n/,
  );
  expect(shown.stdout).toMatch(/^ {4}\+ corp\.example\.com:53 \{$/m);
  expect(shown.stdout).toMatch(/^Write it: trunkline dns staging --apply$/m);
  expect(untouched).toBe(corefile);
  expect(applied).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^Written to [\s\S]*\nKept: no pod/),
  });
  expect(await server.written()).toContain('forward . 10.0.0.54');
  expect(after.stdout).toMatch(/is as the config of staging says\.\nLast written at \S+: kept: /);
  expect(JSON.parse(again.stdout)).toMatchObject({ changes: [], last: { state: 'kept' } });
});

test('everybody may look, admins alone may write, and only where the config says what', async () => {
  await using server = await startServer();
  const runner = await environmentFor(server.http, 'run');

  const looked = await runHere(['dns', 'staging'], runner);
  const refused = await runHere(['dns', 'staging', '--apply'], runner);
  const unsaid = await runHere(['dns', 'production'], runner);

  expect(looked.exitCode).toBe(0);
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('the scope "admin"') });
  expect(unsaid).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('environments.production.dns'),
  });
  expect(await server.written()).toBe(corefile);
});

test('nothing is written into the DNS of another cluster than before', async () => {
  await using server = await startServer();
  const environment = await environmentFor(server.http);
  server.elsewhere.text = 'the environment staging leads to the cluster b, and it was a';

  const refused = await runHere(['dns', 'staging', '--apply'], environment);

  expect(refused.stderr).toContain('leads to the cluster b, and it was a');
  expect(refused.exitCode).not.toBe(0);
  expect(await server.written()).toBe(corefile);
});
