export type CartOptions = {
  /** What it answers to every request. */
  message?: string;
  /** Seconds until a new pod is ready: how long a rollout takes at least. */
  readyAfter?: number;
  replicas?: number;
  /** Lines of the Dockerfile before its command. */
  build?: string[];
  command?: string;
};

/** The service `cart`: a small web server, its Dockerfile and its manifests, as files of its folder. */
export function cart(options: CartOptions = {}): Record<string, string> {
  const { message = 'hello', readyAfter = 0, replicas = 1, build = [] } = options;
  const command = options.command ?? 'exec httpd -f -p 8080 -h /www';
  return {
    'message.txt': `${message}\n`,
    Dockerfile: [
      'FROM trunkline-test/base:1',
      'COPY message.txt /www/index.html',
      ...build,
      `CMD ${JSON.stringify(['/bin/sh', '-c', command])}`,
      '',
    ].join('\n'),
    'deploy/cart.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata: { name: cart }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: cart } }
  template:
    metadata: { labels: { app: cart } }
    spec:
      terminationGracePeriodSeconds: 0
      automountServiceAccountToken: false
      containers:
        - name: cart
          image: shop/cart
          ports: [{ containerPort: 8080 }]
          readinessProbe:
            httpGet: { path: /, port: 8080 }
            initialDelaySeconds: ${readyAfter}
            periodSeconds: 1
            timeoutSeconds: 5
---
apiVersion: v1
kind: Service
metadata: { name: cart }
spec: { selector: { app: cart }, ports: [{ port: 80, targetPort: 8080, protocol: TCP }] }
`,
  };
}

/** Steps of a pipeline, to be put together by `cartPipeline`. */
export const steps = {
  image: '- { id: image, build: { context: ., image: shop/cart } }',
  push: "- { id: push, push: { image: image, tags: ['r${revision}'] } }",
  staging: '- { id: staging, deploy: { environment: staging, manifests: deploy/*.yaml, soak: 1s } }',
  run: (...commands: string[]) =>
    `- { id: test, run: { image: 'trunkline-test/base:1', commands: ${JSON.stringify(commands)} } }`,
} as const;

/** The pipeline file of `cart`: by default from each commit to the rollout. */
export function cartPipeline(
  chosen: readonly string[] = [steps.image, steps.push, steps.staging],
  { onCommit = true } = {},
): string {
  return [
    'name: cart',
    'source: { repository: shop, path: services/cart }',
    ...(onCommit ? ['on: { commit: { branches: [trunk] } }'] : []),
    'concurrency: { queue: fifo }',
    'steps:',
    ...chosen.map((step) => `  ${step}`),
    '',
  ].join('\n');
}
