import { expect, test } from 'vitest';
import type { DnsApplied } from '../../../../src/clusters/cluster-dns.ts';
import type { DnsConfig } from '../../../../src/config/server-config.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { accepted } from '../../contract/cluster-under-test.ts';
import { nodeImage, startRollouts } from '../rollouts-under-test.ts';

const never = new AbortController().signal;
const corefile = '.:53 {\n    errors\n    forward . /etc/resolv.conf\n    reload\n}\n';

/** A namespace that stands in for kube-system, with a pod that is ready until a file in it is gone. */
async function startDns(changes: Partial<DnsConfig> = {}) {
  const rollouts = await startRollouts();
  const { cluster, namespace, kubectl } = rollouts;
  const wish: DnsConfig = {
    server: null,
    namespace,
    stubDomains: { 'corp.example.com': ['10.0.0.53'] },
    upstream: null,
    check: [],
    watchMs: 1_000,
    ...changes,
  };
  return {
    ...rollouts,
    wish,
    look: async (wanted = wish) => accepted((await cluster.dns?.look(wanted, never)) ?? { refusal: 'none' }),
    apply: async (wanted = wish): Promise<DnsApplied> =>
      accepted((await cluster.dns?.apply(wanted, never)) ?? { refusal: 'none' }),
    data: async (name: string): Promise<Record<string, string>> =>
      JSON.parse(await kubectl('get', 'configmap', name, '-o', 'json')).data ?? {},
    async startPod(): Promise<void> {
      await rollouts.applyByHand(JSON.stringify(pod));
      await kubectl('wait', '--for=condition=Ready', 'pod/dns', '--timeout=60s');
    },
  };
}

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'dns', labels: { 'k8s-app': 'kube-dns' } },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'dns',
        image: nodeImage,
        command: ['/bin/sh', '-c', 'touch /tmp/ready; while :; do sleep 1 & wait $!; done'],
        readinessProbe: {
          exec: { command: ['test', '-f', '/tmp/ready'] },
          // A busy node is late with it, which is no answer.
          timeoutSeconds: 30,
          periodSeconds: 1,
          failureThreshold: 1,
        },
      },
    ],
  },
};

test.concurrent('stub domains are written on an apply alone, kept when the pods stay ready, and taken out again', async () => {
  await using dns = await startDns();
  await dns.kubectl(
    'create',
    'configmap',
    'coredns',
    `--from-literal=Corefile=${corefile}`,
    '--from-literal=hosts=x',
  );
  await dns.startPod();

  const before = await dns.look();
  const untouched = await dns.data('coredns');
  const applied = await dns.apply();
  const during = await dns.look();
  const verdict = await applied.settle?.(never);
  const after = await dns.look();
  const again = await dns.apply();

  expect(before).toMatchObject({ server: 'coredns', object: 'configmap/coredns', last: null });
  expect(before.changes).toEqual([
    { key: 'Corefile', before: corefile, after: expect.stringContaining('corp.example.com:53 {') },
  ]);
  expect(untouched).toEqual({ Corefile: corefile, hosts: 'x' });
  expect(during.last?.state).toBe('trying');
  expect(verdict).toMatchObject({
    state: 'kept',
    text: expect.stringContaining('1 pods stayed ready for 1 s'),
  });
  expect(after).toMatchObject({ changes: [], last: { state: 'kept' } });
  expect(again.settle).toBeNull();
  expect(await dns.data('coredns')).toEqual({ Corefile: before.changes[0]?.after, hosts: 'x' });

  const without = await dns.apply({ ...dns.wish, stubDomains: {} });
  await without.settle?.(never);
  expect((await dns.data('coredns')).Corefile).toBe(corefile);
});

test.concurrent('when a pod is no longer ready after the change, the former content comes back, and it is said why', async () => {
  await using dns = await startDns({ watchMs: 60_000, upstream: ['10.0.0.53'] });
  await dns.kubectl('create', 'configmap', 'coredns', `--from-literal=Corefile=${corefile}`);
  await dns.startPod();

  const applied = await dns.apply();
  const settling = applied.settle?.(never);
  await expect(dns.apply()).rejects.toThrow('is still being watched');
  await dns.kubectl('exec', 'dns', '--', 'rm', '/tmp/ready');
  const verdict = await settling;

  expect(applied.look.changes[0]?.after).toContain('forward . 10.0.0.53');
  expect(verdict).toMatchObject({ state: 'restored', text: '0 of 1 pods are ready that answer names' });
  expect(await dns.data('coredns')).toEqual({ Corefile: corefile });
  expect((await dns.look()).last).toEqual(verdict);
});

test.concurrent('what somebody changes meanwhile is theirs: neither overwritten nor put back', async () => {
  await using dns = await startDns({ server: 'kube-dns', watchMs: 60_000 });
  await dns.kubectl(
    'create',
    'configmap',
    'kube-dns',
    '--from-literal=stubDomains={"lab.example.com":["192.0.2.1"]}',
  );
  await dns.startPod();

  const applied = await dns.apply();
  const written = await dns.data('kube-dns');
  const settling = applied.settle?.(never);
  await dns.kubectl('patch', 'configmap', 'kube-dns', '-p', '{"data":{"mine":"1"}}');
  await dns.kubectl('exec', 'dns', '--', 'rm', '/tmp/ready');
  const verdict = await settling;

  expect(written).toEqual({
    stubDomains: '{"corp.example.com":["10.0.0.53"],"lab.example.com":["192.0.2.1"]}',
  });
  expect(verdict?.text).toContain('somebody has changed configmap/kube-dns meanwhile');
  expect(await dns.data('kube-dns')).toEqual({ ...written, mine: '1' });
});

test.concurrent('a watch that was cut off is taken up by the next apply, with the content from before', async () => {
  await using dns = await startDns({ server: 'kube-dns' });
  await dns.startPod();
  await dns.apply();
  const patch = async (at: string) => {
    const map = JSON.parse(await dns.kubectl('get', 'configmap', 'kube-dns', '-o', 'json'));
    const mark = { ...JSON.parse(map.metadata.annotations['trunkline/dns']), at };
    await dns.kubectl(
      'annotate',
      '--overwrite',
      'configmap/kube-dns',
      `trunkline/dns=${JSON.stringify(mark)}`,
    );
  };
  await patch('2026-01-01T00:00:00Z');

  const taken = await dns.apply({ ...dns.wish, watchMs: 60_000 });
  const settling = taken.settle?.(never);
  await dns.kubectl('exec', 'dns', '--', 'rm', '/tmp/ready');

  expect(await settling).toMatchObject({ state: 'restored' });
  await waitFor(async () => Object.keys(await dns.data('kube-dns')).length === 0, {
    what: 'the former content',
  });
});

test.concurrent('a Corefile that imports server blocks is left alone: they come into a file of their own', async () => {
  await using dns = await startDns();
  const kept = `import /etc/coredns/custom/*.server\n${corefile}`;
  await dns.kubectl('create', 'configmap', 'coredns', `--from-literal=Corefile=${kept}`);

  const applied = await dns.apply();
  const verdict = await applied.settle?.(never);

  expect(await dns.data('coredns')).toEqual({ Corefile: kept });
  expect(await dns.data('coredns-custom')).toEqual({
    'trunkline.server': 'corp.example.com:53 {\n    errors\n    cache 30\n    forward . 10.0.0.53\n}\n',
  });
  expect(verdict?.text).toContain('so none was watched');
  await expect(dns.look({ ...dns.wish, upstream: ['10.0.0.53'] })).rejects.toThrow('cannot be set there');
});

test("the address of the cluster's own server is refused, and a cluster without one is told", async () => {
  await using dns = await startDns();
  await expect(dns.look()).rejects.toThrow('there is no ConfigMap coredns or kube-dns');
  await dns.kubectl('create', 'configmap', 'coredns', `--from-literal=Corefile=${corefile}`);
  await dns.kubectl('create', 'service', 'clusterip', 'kube-dns', '--tcp=53');
  const address = await dns.kubectl('get', 'service', 'kube-dns', '-o', 'jsonpath={.spec.clusterIP}');

  await expect(dns.apply({ ...dns.wish, upstream: [address] })).rejects.toThrow('which would ask itself');
  expect(await dns.data('coredns')).toEqual({ Corefile: corefile });
});
