import type { DeploysUnderTest } from './deploy-under-test.ts';
import { manifest } from './deployables.ts';

/** A program that answers with a word, and goes on answering for a while when it is told to end. */
export function answering(word: string): string {
  return [
    `mkdir -p /tmp/www; echo "${word}-$COLOR" >/tmp/www/index.html`,
    'httpd -f -p 8080 -h /tmp/www & trap "sleep 8; exit 0" TERM',
    'while :; do sleep 1 & wait $!; done',
  ].join('; ');
}

export interface ServedChanges {
  replicas?: number;
  color?: string;
  selector?: Record<string, string>;
}

/** A Deployment that reads a ConfigMap, and the Service in front of it. */
export function served({ replicas = 2, color = 'blue', selector = { app: 'cart' } }: ServedChanges = {}) {
  const readinessProbe = { httpGet: { path: '/', port: 8080 }, periodSeconds: 1, timeoutSeconds: 5 };
  const env = [{ name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } }];
  return {
    'deploy/cart.yaml': manifest({
      spec: { replicas, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
      container: { ports: [{ containerPort: 8080 }], readinessProbe, env },
      pod: { terminationGracePeriodSeconds: 15 },
    }),
    'deploy/settings.yaml': JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings' },
      data: { color },
    }),
    'deploy/service.yaml': JSON.stringify({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'cart' },
      spec: { selector, ports: [{ port: 80, targetPort: 8080 }] },
    }),
  };
}

/** Where the Service is reached from this machine, which is the cluster's node. */
export async function serviceUrl(deploys: DeploysUnderTest): Promise<string> {
  const { spec } = await deploys.workload('cart', 'service');
  return `http://${spec.clusterIP}/`;
}
