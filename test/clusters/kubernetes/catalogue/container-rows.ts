import { expect } from 'vitest';
import { programs } from '../../../steps/deployables.ts';
import { nodeImage } from '../rollouts-under-test.ts';
import { type CatalogueRow, containersOf, hasEndedTwice, runs, serve, shell, waitsFor } from './row.ts';

/** The head of an executable for a processor that is not this node's. */
const foreignProgram = `printf '\\177ELF\\2\\1\\1\\0\\0\\0\\0\\0\\0\\0\\0\\0\\2\\0\\363\\0' > /made/program; chmod +x /made/program`;
const made = { volumeMounts: [{ name: 'made', mountPath: '/made' }] };

/** Serves one page, and says so. */
const web = {
  ...shell('mkdir /tmp/web; echo up > /tmp/web/index.html; httpd -f -p 8080 -h /tmp/web'),
  ports: [{ containerPort: 8080 }],
};
const askedAt = (port: number, path: string) => ({
  httpGet: { port, path },
  ...{ periodSeconds: 1, failureThreshold: 1 },
});

export const containerRows: CatalogueRow[] = [
  {
    what: 'a program for another processor',
    class: 'crash',
    text: /exec format error|cannot execute|Exec format/i,
    hint: /processor/,
    container: { image: nodeImage, ...made, command: ['/made/program'] },
    pod: {
      volumes: [{ name: 'made', emptyDir: {} }],
      initContainers: [{ name: 'make', ...shell(foreignProgram), ...made }],
    },
    windowMs: 0,
    isShown: hasEndedTwice,
  },
  {
    what: 'a missing ConfigMap',
    class: 'configuration-missing',
    text: /configmap "cart-settings" not found/,
    container: { ...serve, envFrom: [{ configMapRef: { name: 'cart-settings' } }] },
    windowMs: 30_000,
    isShown: waitsFor(/CreateContainerConfigError/),
  },
  {
    what: 'a missing key of a Secret',
    class: 'configuration-missing',
    text: /couldn't find key password in Secret NAMESPACE\/cart-account/,
    container: {
      ...serve,
      env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'cart-account', key: 'password' } } }],
    },
    prepare: ({ kubectl }) => kubectl('create', 'secret', 'generic', 'cart-account', '--from-literal=user=x'),
    windowMs: 30_000,
    isShown: waitsFor(/CreateContainerConfigError/),
  },
  {
    what: 'a crash at the start',
    class: 'crash',
    text: /container `api` exits 3 right after start; last line: no table of orders/,
    container: shell('echo no table of orders; exit 3'),
    windowMs: 0,
    isShown: hasEndedTwice,
  },
  {
    what: 'a command that is not in the image',
    class: 'crash',
    text: /container `api` cannot be started: .*"\/bin\/cart"/,
    hint: /command and args/,
    container: { image: nodeImage, command: ['/bin/cart'] },
    windowMs: 0,
    isShown: hasEndedTwice,
  },
  {
    what: 'a program that is killed by its own fault',
    class: 'crash',
    text: /exits 139 \(segmentation fault\)/,
    container: shell('kill -SEGV $$; exit 139'),
    windowMs: 0,
    isShown: hasEndedTwice,
  },
  {
    what: 'a memory limit that is too low',
    class: 'out-of-memory',
    text: /out of memory \(its limit is 16Mi\)/,
    hint: /memory limit/,
    container: { ...shell('x=x; while :; do x=$x$x; done'), resources: { limits: { memory: '16Mi' } } },
    windowMs: 0,
    isShown: (sight) => JSON.stringify(containersOf(sight)).includes('OOMKilled'),
  },
  {
    what: 'an init container that fails',
    class: 'crash',
    text: /init container `schema` exits 4 .*last line: no database/,
    container: serve,
    pod: { initContainers: [{ name: 'schema', ...shell('echo no database; exit 4') }] },
    windowMs: 0,
    isShown: hasEndedTwice,
  },
  {
    what: 'a readiness probe that never succeeds',
    class: 'never-ready',
    text: /readiness probe \(connect to :81\) does not succeed/,
    hint: /path and port/,
    container: {
      ...serve,
      readinessProbe: { tcpSocket: { port: 81 }, periodSeconds: 1, failureThreshold: 1 },
    },
    windowMs: 60_000,
    isShown: runs,
  },
  {
    what: 'a readiness probe that asks for a path which is not served',
    class: 'never-ready',
    text: /readiness probe \(GET :8080\/healthz\) does not succeed; (last answer: .*|it answers )404/,
    hint: /GET :8080\/healthz through the API server: 404. .*correct the probe's/,
    evidence: {
      probe: { asked: 'GET :8080/healthz', status: 404, text: expect.stringContaining('Not Found') },
    },
    container: { ...web, readinessProbe: askedAt(8080, '/healthz') },
    windowMs: 60_000,
    isShown: runs,
  },
  {
    what: 'a readiness probe at another port than the one that is served',
    class: 'never-ready',
    text: /readiness probe \(GET :9090\/\) does not succeed; (last answer|nobody answers): .*connection refused/,
    hint: /connection refused. Port 8080 does answer: correct the port/,
    evidence: { probe: { status: null, otherPorts: [{ port: 8080, status: 200 }] } },
    container: { ...web, readinessProbe: askedAt(9090, '/') },
    windowMs: 60_000,
    isShown: runs,
  },
  {
    what: 'a readiness probe whose command is not in the image',
    class: 'never-ready',
    text: /readiness probe \(run \/bin\/health\) does not succeed; last answer: exec: "\/bin\/health": .*no such file/,
    hint: /command of the probe is in the image/,
    container: {
      ...serve,
      readinessProbe: { exec: { command: ['/bin/health'] }, periodSeconds: 1, failureThreshold: 1 },
    },
    windowMs: 60_000,
    isShown: runs,
  },
  {
    what: 'an image of root where root is refused',
    class: 'rejected',
    text: /container `api` cannot be made: container has runAsNonRoot and image will run as root$/,
    hint: /USER other than root/,
    container: { ...serve, securityContext: { runAsNonRoot: true } },
    windowMs: 0,
    isShown: waitsFor(/CreateContainerConfigError/),
  },
  {
    what: 'a container that the engine refuses to make',
    class: 'rejected',
    text: /container `api` cannot be made: (?!rpc error|Error response).*unknown capability: "CAP_NOPE"/,
    container: { ...serve, securityContext: { capabilities: { drop: ['NOPE'] } } },
    windowMs: 30_000,
    isShown: waitsFor(/CreateContainerError/),
  },
  {
    what: 'an init container that waits for ever',
    class: 'incomplete',
    text: /init container `wait` runs since \S+ and has not ended; last line: no database yet .*no progress for 40 s/,
    hint: /what it waits for/,
    container: serve,
    pod: {
      initContainers: [
        { name: 'wait', ...shell(`echo no database yet; ${programs.serve}`.replace('echo serving; ', '')) },
      ],
    },
    spec: { progressDeadlineSeconds: 40 },
    outcome: 'timed-out',
    windowMs: 40_000,
    isShown: runs,
  },
  {
    what: 'a startup probe that does not succeed',
    class: 'never-ready',
    text: /startup probe \(run \/bin\/false\) [^:;]*$/,
    container: {
      ...serve,
      startupProbe: { exec: { command: ['/bin/false'] }, periodSeconds: 1, failureThreshold: 15 },
      readinessProbe: { exec: { command: ['/bin/true'] }, periodSeconds: 1, failureThreshold: 1 },
    },
    // The node has it killed, and that twice, before the window of the probe is over.
    windowMs: 0,
    isShown: hasEndedTwice,
  },
  {
    what: 'a readiness gate that nobody opens',
    class: 'never-ready',
    text: /the readiness gate example\.com\/in-mesh is not open .*no progress for 40 s/,
    container: serve,
    pod: { readinessGates: [{ conditionType: 'example.com/in-mesh' }] },
    // It may open at any time: only the workload's own deadline ends it.
    spec: { progressDeadlineSeconds: 40 },
    outcome: 'timed-out',
    windowMs: 40_000,
    isShown: runs,
  },
];
