import { describe, expect, test } from 'vitest';
import { isRefusal } from '../../../src/clusters/cluster.ts';
import { readCompose } from '../../../src/clusters/swarm/compose-file.ts';
import { toServiceSpec } from '../../../src/clusters/swarm/compose-spec.ts';

/** The spec of the service `api` of a Compose file. */
function specOf(service: string, rest = '') {
  const project = readCompose([{ path: 'compose.yaml', text: `services:\n  api: ${service}\n${rest}` }]);
  if (isRefusal(project)) throw new Error([project.refusal, ...(project.details ?? [])].join('\n'));
  const definition = project.services.api;
  if (definition === undefined) throw new Error('no service api');
  const ids = new Map([['shop-key', 'id1']]);
  return toServiceSpec('api', definition, {
    project,
    stack: { name: 'shop', configIds: ids, secretIds: ids },
  });
}

function refusalOf(text: string): string[] {
  const project = readCompose([{ path: 'compose.yaml', text }]);
  return isRefusal(project) ? [project.refusal, ...(project.details ?? [])] : [];
}

describe('a Compose file', () => {
  test('becomes a service of its stack, called by its own name in the stack network', () => {
    expect(specOf('{ image: shop/api }')).toEqual({
      Name: 'shop_api',
      Labels: { 'com.docker.stack.namespace': 'shop' },
      TaskTemplate: {
        ContainerSpec: { Image: 'shop/api', Env: [], Labels: { 'com.docker.stack.namespace': 'shop' } },
        Placement: {},
        Networks: [{ Target: 'shop_default', Aliases: ['api'] }],
      },
      Mode: { Replicated: { Replicas: 1 } },
      UpdateConfig: { Parallelism: 1, FailureAction: 'pause', Order: 'stop-first' },
      EndpointSpec: { Mode: 'vip', Ports: [] },
    });
  });

  test.for([
    ['command: serve --name "a b"', { Args: ['serve', '--name', 'a b'] }],
    ['entrypoint: [/bin/run, 1]', { Command: ['/bin/run', '1'] }],
    ['environment: { A: 1, B: yes please }', { Env: ['A=1', 'B=yes please'] }],
    ['environment: [A=x=y]', { Env: ['A=x=y'] }],
    ['command: [echo, $$HOME]', { Args: ['echo', '$HOME'] }],
    ['stop_grace_period: 1m30s', { StopGracePeriod: 90_000_000_000 }],
    ['stop_signal: SIGQUIT', { StopSignal: 'SIGQUIT' }],
    ['healthcheck: { disable: true }', { Healthcheck: { Test: ['NONE'] } }],
    [
      'healthcheck: { test: curl -f localhost, interval: 5s, retries: 2, start_period: 1m }',
      {
        Healthcheck: {
          Test: ['CMD-SHELL', 'curl -f localhost'],
          Interval: 5_000_000_000,
          StartPeriod: 60_000_000_000,
          Retries: 2,
        },
      },
    ],
  ] as const)('%s is honoured', ([line, container]) => {
    expect(specOf(`{ image: a, ${line} }`)).toMatchObject({ TaskTemplate: { ContainerSpec: container } });
  });

  test.for([
    [
      'ports: ["8080:80/udp"]',
      { Protocol: 'udp', TargetPort: 80, PublishedPort: 8080, PublishMode: 'ingress' },
    ],
    ['ports: [80]', { Protocol: 'tcp', TargetPort: 80, PublishMode: 'ingress' }],
    [
      'ports: [{ target: 80, published: 8080, mode: host }]',
      { Protocol: 'tcp', TargetPort: 80, PublishedPort: 8080, PublishMode: 'host' },
    ],
  ] as const)('%s is published', ([line, port]) => {
    expect(specOf(`{ image: a, ${line} }`)).toMatchObject({ EndpointSpec: { Ports: [port] } });
  });

  test('says how many, where, with what, and how they follow each other', () => {
    const spec = specOf(`
    image: a
    deploy:
      replicas: 3
      resources: { limits: { cpus: '0.5', memory: 64M } }
      restart_policy: { condition: on-failure, delay: 2s }
      placement: { constraints: [node.role == manager] }
      update_config: { parallelism: 2, order: start-first, failure_action: continue, monitor: 3s }`);

    expect(spec).toMatchObject({
      Mode: { Replicated: { Replicas: 3 } },
      TaskTemplate: {
        Resources: { Limits: { NanoCPUs: 500_000_000, MemoryBytes: 64 * 1024 ** 2 } },
        RestartPolicy: { Condition: 'on-failure', Delay: 2_000_000_000 },
        Placement: { Constraints: ['node.role == manager'] },
      },
      UpdateConfig: {
        Parallelism: 2,
        Order: 'start-first',
        FailureAction: 'continue',
        Monitor: 3_000_000_000,
      },
    });
  });

  test('mounts its own volumes, and what exists in the swarm by name', () => {
    const spec = specOf(
      '{ image: a, volumes: ["data:/data:ro"], secrets: [key], networks: { edge: { aliases: [shop] } } }',
      'volumes: { data: }\nsecrets: { key: { external: true, name: shop-key } }\nnetworks: { edge: { external: true } }',
    );

    expect(spec.TaskTemplate).toMatchObject({
      ContainerSpec: {
        Mounts: [{ Type: 'volume', Source: 'shop_data', Target: '/data', ReadOnly: true }],
        Secrets: [{ SecretID: 'id1', SecretName: 'shop-key', File: { Name: 'key' } }],
      },
      Networks: [{ Target: 'edge', Aliases: ['api', 'shop'] }],
    });
  });
});

describe('what a Compose file cannot have is refused by name, with its place', () => {
  test.for([
    [
      'privileged: true',
      "compose.yaml:2:20: 'privileged' is refused (a service never gets power over its machine)",
    ],
    ['build: .', /'build' is refused \(images are built by build steps/],
    ['restrat: always', /unknown key 'restrat'/],
    ['volumes: ["/etc:/host"]', /only named volumes can be mounted/],
    ['volumes: ["./data:/data"]', /only named volumes can be mounted/],
    ['volumes: [{ type: bind, source: /etc, target: /host }]', /only named volumes can be mounted/],
    ['volumes: ["data:/data"]', /volume data, which the Compose file does not declare/],
    ['networks: [edge]', /network edge, which the Compose file does not declare/],
    ['environment: [TOKEN]', /a variable without a value/],
    ['environment: { A: "${SECRET}" }', /variables are not replaced here/],
    ['ports: ["8000-8010:80"]', /a port is PUBLISHED:TARGET/],
    ['deploy: { update_config: { failure_action: rollback } }', /Trunkline itself goes back/],
    ['deploy: { mode: replicated-job }', /a service here is replicated or global/],
    ['labels: { trunkline.deploy-id: x }', /labels that begin with trunkline/],
    ['stop_grace_period: 10', /expected text|this is no duration/],
  ] as const)('%s', ([line, expected]) => {
    const [refusal] = refusalOf(`services:\n  api: { image: a, ${line} }\n`);

    expect(refusal).toMatch(expected instanceof RegExp ? expected : new RegExp(RegExp.escape(expected)));
  });

  test('a secret or config that is not external', () => {
    expect(
      refusalOf('services: { a: { image: a } }\nsecrets: { key: { file: ./key } }\n').join('\n'),
    ).toContain("unknown key 'file'");
  });

  test('several files of one stack are one project, unless they contradict each other', () => {
    const file = (path: string, name: string) => ({
      path,
      text: `name: shop\nservices: { ${name}: { image: a } }`,
    });

    expect(readCompose([file('a.yaml', 'a'), file('b.yaml', 'b')])).toMatchObject({
      name: 'shop',
      services: { a: {}, b: {} },
    });
    expect(readCompose([file('a.yaml', 'a'), file('b.yaml', 'a')])).toEqual({
      refusal: 'the service a is in the Compose files twice',
    });
  });
});
