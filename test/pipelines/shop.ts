/** A small web server that answers with a text: what the examples build and roll out. Files of its folder. */
export function service(
  name: string,
  options: { build?: string[]; images?: Record<string, string> } = {},
): Record<string, string> {
  const { build = ['COPY index.html /www/', 'COPY *.sh /'], images = { [name]: `shop/${name}` } } = options;
  return {
    'index.html': `${name}\n`,
    'test.sh': '#!/bin/sh\ngrep . /www/index.html\n',
    'check.sh': '#!/bin/sh\necho "looking at $1"\n',
    Dockerfile: dockerfile(build),
    [`deploy/${name}.yaml`]: Object.entries(images)
      .map(([each, image]) => manifest(each, image))
      .join('---\n'),
  };
}

function dockerfile(build: string[]): string {
  const command = JSON.stringify(['httpd', '-f', '-p', '8080', '-h', '/www']);
  return ['FROM trunkline-test/base:1', 'ARG VERSION', ...build, `CMD ${command}`, ''].join('\n');
}

export function manifest(name: string, image: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: web
          image: ${image}
          readinessProbe: { httpGet: { path: /, port: 8080 }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: ${name} }, ports: [{ port: 80, targetPort: 8080 }] }
`;
}

/** What deploys it to a swarm, on a kernel without IPVS too. */
export function composeFile(name: string): string {
  return `services:
  ${name}:
    image: shop/${name}
    stop_grace_period: 1s
    deploy: { endpoint_mode: dnsrr }
`;
}

/** The same files in a folder. */
export function atPath(folder: string, files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));
}
