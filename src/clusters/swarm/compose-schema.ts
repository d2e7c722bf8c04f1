import { z } from 'zod';
import { argumentList, bytes, duration, environment, labels, nanoCpus, ports } from './compose-values.ts';

const text = z.string().min(1, 'an empty text');
/** What becomes part of a name of Docker's. */
const key = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'a name has letters, digits, dots, dashes and underscores');

const healthcheck = z.strictObject({
  test: z.union([z.array(z.string()).min(1, 'an empty list'), text]).optional(),
  interval: duration.optional(),
  timeout: duration.optional(),
  start_period: duration.optional(),
  retries: z.int().min(1, 'at least 1').optional(),
  disable: z.boolean().optional(),
});

const hostPathRule =
  'only named volumes can be mounted, never a path of the machine\nname the volume: data:/var/lib/data';

const shortVolume = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*:\/[^:]*(?::(?:ro|rw))?$/, hostPathRule)
  .transform((mount) => {
    const [source = '', target = '', mode] = mount.split(':');
    return { source, target, isReadOnly: mode === 'ro' };
  });

const longVolume = z
  .strictObject({
    type: z.literal('volume', hostPathRule),
    source: key,
    target: text,
    read_only: z.boolean().optional(),
  })
  .transform(({ source, target, read_only }) => ({ source, target, isReadOnly: read_only ?? false }));

const reference = z.union([
  key.transform((source) => ({ source, target: null, mode: null })),
  z
    .strictObject({ source: key, target: text.optional(), mode: z.int().optional() })
    .transform(({ source, target, mode }) => ({ source, target: target ?? null, mode: mode ?? null })),
]);

const serviceNetworks = z.union([
  z
    .array(key)
    .transform((list) => Object.fromEntries(list.map((name) => [name, { aliases: [] as string[] }]))),
  z.record(
    key,
    z
      .strictObject({ aliases: z.array(key).optional() })
      .nullable()
      .transform((network) => ({ aliases: network?.aliases ?? [] })),
  ),
]);

const rollsBackItself =
  "Trunkline itself goes back to the last healthy version\nleave it out, or write 'pause' or 'continue'";

const updateConfig = z.strictObject({
  parallelism: z.int().min(0, 'at least 0').optional(),
  delay: duration.optional(),
  monitor: duration.optional(),
  order: z.enum(['start-first', 'stop-first']).optional(),
  max_failure_ratio: z.number().min(0, 'from 0 to 1').max(1, 'from 0 to 1').optional(),
  failure_action: z.enum(['pause', 'continue'], rollsBackItself).optional(),
});

const deploy = z.strictObject({
  mode: z
    .enum(['replicated', 'global'], 'a service here is replicated or global\nfor a job use a run step')
    .optional(),
  replicas: z.int().min(0, 'at least 0').optional(),
  labels: labels.optional(),
  endpoint_mode: z.enum(['vip', 'dnsrr']).optional(),
  update_config: updateConfig.optional(),
  resources: z
    .strictObject({
      limits: z
        .strictObject({ cpus: nanoCpus.optional(), memory: bytes.optional(), pids: z.int().optional() })
        .optional(),
      reservations: z.strictObject({ cpus: nanoCpus.optional(), memory: bytes.optional() }).optional(),
    })
    .optional(),
  restart_policy: z
    .strictObject({
      condition: z.enum(['none', 'on-failure', 'any']).optional(),
      delay: duration.optional(),
      max_attempts: z.int().min(0, 'at least 0').optional(),
      window: duration.optional(),
    })
    .optional(),
  placement: z
    .strictObject({
      constraints: z.array(text).optional(),
      max_replicas_per_node: z.int().min(1, 'at least 1').optional(),
    })
    .optional(),
});

const service = z.strictObject({
  image: text,
  command: argumentList.optional(),
  entrypoint: argumentList.optional(),
  environment: environment.optional(),
  user: text.optional(),
  working_dir: text.optional(),
  hostname: text.optional(),
  init: z.boolean().optional(),
  read_only: z.boolean().optional(),
  ports: ports.optional(),
  networks: serviceNetworks.optional(),
  volumes: z.array(z.union([shortVolume, longVolume])).optional(),
  configs: z.array(reference).optional(),
  secrets: z.array(reference).optional(),
  labels: labels.optional(),
  healthcheck: healthcheck.optional(),
  stop_grace_period: duration.optional(),
  stop_signal: text.optional(),
  deploy: deploy.optional(),
});
export type ComposeService = z.output<typeof service>;

const external = z
  .strictObject({
    external: z.literal(true, 'it must exist in the swarm already\nwrite external: true'),
    name: key.optional(),
  })
  .transform(({ name }) => ({ name: name ?? null }));

const network = z
  .union([
    external.transform(({ name }) => ({ kind: 'external' as const, name, internal: false })),
    z
      .strictObject({ internal: z.boolean().optional(), driver: z.literal('overlay').optional() })
      .transform(({ internal }) => ({ kind: 'own' as const, name: null, internal: internal ?? false })),
  ])
  .nullable()
  .transform((value) => value ?? { kind: 'own' as const, name: null, internal: false });
export type ComposeNetwork = z.output<typeof network>;

/** The part of the Compose specification that a swarm can honour and a pipeline may ask for. */
export const composeSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'a name has lower-case letters, digits, dashes and underscores')
    .optional(),
  version: z.string().optional(),
  services: z.record(key, service),
  networks: z.record(key, network).optional(),
  volumes: z
    .record(key, z.strictObject({}, 'a volume here has no settings: the swarm makes it').nullable())
    .optional(),
  configs: z.record(key, external).optional(),
  secrets: z.record(key, external).optional(),
});
export type ComposeFile = z.output<typeof composeSchema>;

/** Keys of Compose that are known and refused, each with what to do instead. */
export const refusedComposeKeys: Readonly<Record<string, string>> = {
  build: 'images are built by build steps: name the image as its step does',
  env_file: 'write the variables under environment',
  container_name: 'the service has a name already; other services reach it by that',
  depends_on: 'a swarm starts everything at once: let the service wait for what it needs',
  restart: 'write deploy.restart_policy',
  links: 'services of one network reach each other by name',
  expose: 'services of one network reach each other at every port',
  extends: 'write the keys out',
  profiles: 'write a file for each case',
  network_mode: 'name networks; the network of the machine is not for services',
  privileged: 'a service never gets power over its machine',
  cap_add: 'a service never gets power over its machine',
  devices: 'a service never gets power over its machine',
  pid: 'a service never gets power over its machine',
  ipc: 'a service never gets power over its machine',
  userns_mode: 'a service never gets power over its machine',
  security_opt: 'a service never gets power over its machine',
  cgroup_parent: 'a service never gets power over its machine',
  rollback_config: 'going back is an update like any other: update_config says how',
  scale: 'write deploy.replicas',
  mem_limit: 'write deploy.resources.limits.memory',
  cpus: 'write deploy.resources.limits.cpus',
};
