import type { Json, JsonObject } from '../../domain/json.ts';
import type { ComposeProject } from './compose-file.ts';
import type { ComposeService } from './compose-schema.ts';
import type { PublishedPort } from './compose-values.ts';
import { type ServiceSpec, stackLabel } from './service.ts';

/** What a Compose file alone does not say. */
export interface Stack {
  /** In front of the name of everything that belongs to it, as `docker stack` does. */
  name: string;
  /** Name in the swarm -> id. */
  configIds: ReadonlyMap<string, string>;
  secretIds: ReadonlyMap<string, string>;
}

/** The service's spec for Docker, its image as written, without any stamp. */
export function toServiceSpec(
  name: string,
  service: ComposeService,
  { project, stack }: { project: ComposeProject; stack: Stack },
): ServiceSpec {
  const { deploy = {} } = service;
  const ownLabels = { [stackLabel]: stack.name };
  return {
    Name: `${stack.name}_${name}`,
    Labels: { ...deploy.labels, ...ownLabels },
    TaskTemplate: defined({
      ContainerSpec: {
        ...containerSpec(service, { project, stack }),
        Labels: { ...service.labels, ...ownLabels },
      },
      Resources: resources(deploy.resources),
      RestartPolicy: restartPolicy(deploy.restart_policy),
      Placement: defined({
        Constraints: deploy.placement?.constraints,
        MaxReplicas: deploy.placement?.max_replicas_per_node,
      }),
      Networks: Object.entries(service.networks ?? { default: { aliases: [] } }).map(
        ([key, { aliases }]) => ({
          Target: networkName(key, { project, stack }),
          Aliases: [...new Set([name, ...aliases])],
        }),
      ),
    }),
    Mode: deploy.mode === 'global' ? { Global: {} } : { Replicated: { Replicas: deploy.replicas ?? 1 } },
    UpdateConfig: updateConfig(deploy.update_config),
    EndpointSpec: { Mode: deploy.endpoint_mode ?? 'vip', Ports: (service.ports ?? []).map(portConfig) },
  };
}

/** The network's name in the swarm. */
export function networkName(
  key: string,
  { project, stack }: { project: ComposeProject; stack: Pick<Stack, 'name'> },
): string {
  const network = project.networks[key];
  return network?.kind === 'external' ? (network.name ?? key) : `${stack.name}_${key}`;
}

function containerSpec(
  service: ComposeService,
  { project, stack }: { project: ComposeProject; stack: Stack },
): JsonObject {
  return defined({
    Image: service.image,
    Command: service.entrypoint,
    Args: service.command,
    Env: Object.entries(service.environment ?? {}).map(([key, value]) => `${key}=${value}`),
    User: service.user,
    Dir: service.working_dir,
    Hostname: service.hostname,
    Init: service.init,
    ReadOnly: service.read_only,
    StopSignal: service.stop_signal,
    StopGracePeriod: service.stop_grace_period,
    Healthcheck: healthcheck(service.healthcheck),
    Mounts: service.volumes?.map(({ source, target, isReadOnly }) => ({
      Type: 'volume',
      Source: `${stack.name}_${source}`,
      Target: target,
      ReadOnly: isReadOnly,
      VolumeOptions: { Labels: { [stackLabel]: stack.name } },
    })),
    Configs: service.configs?.map(({ source, target, mode }) => {
      const name = project.configs[source] ?? source;
      return {
        ConfigID: stack.configIds.get(name) ?? '',
        ConfigName: name,
        File: file(target ?? `/${source}`, mode),
      };
    }),
    Secrets: service.secrets?.map(({ source, target, mode }) => {
      const name = project.secrets[source] ?? source;
      return {
        SecretID: stack.secretIds.get(name) ?? '',
        SecretName: name,
        File: file(target ?? source, mode),
      };
    }),
  });
}

function file(name: string, mode: number | null): JsonObject {
  return { Name: name, UID: '0', GID: '0', Mode: mode ?? 0o444 };
}

function healthcheck(check: ComposeService['healthcheck']): JsonObject | undefined {
  if (check === undefined) return undefined;
  if (check.disable === true) return { Test: ['NONE'] };
  return defined({
    Test: typeof check.test === 'string' ? ['CMD-SHELL', check.test] : check.test,
    Interval: check.interval,
    Timeout: check.timeout,
    StartPeriod: check.start_period,
    Retries: check.retries,
  });
}

type Deploy = NonNullable<ComposeService['deploy']>;

function resources(wanted: Deploy['resources']): JsonObject | undefined {
  if (wanted === undefined) return undefined;
  const { limits, reservations } = wanted;
  return defined({
    Limits: limits && defined({ NanoCPUs: limits.cpus, MemoryBytes: limits.memory, Pids: limits.pids }),
    Reservations: reservations && defined({ NanoCPUs: reservations.cpus, MemoryBytes: reservations.memory }),
  });
}

function restartPolicy(policy: Deploy['restart_policy']): JsonObject | undefined {
  return (
    policy &&
    defined({
      Condition: policy.condition,
      Delay: policy.delay,
      MaxAttempts: policy.max_attempts,
      Window: policy.window,
    })
  );
}

/** A failed update stops where it is: whether to go back is decided here, with the cause on record, not by the swarm. */
function updateConfig(config: Deploy['update_config'] = {}): JsonObject {
  return defined({
    Parallelism: config.parallelism ?? 1,
    Delay: config.delay,
    Monitor: config.monitor,
    MaxFailureRatio: config.max_failure_ratio,
    FailureAction: config.failure_action ?? 'pause',
    Order: config.order ?? 'stop-first',
  });
}

function portConfig(port: PublishedPort): JsonObject {
  return defined({
    Protocol: port.protocol,
    TargetPort: port.target,
    PublishedPort: port.published ?? undefined,
    PublishMode: port.mode,
  });
}

/** Without the keys that have no value: for Docker an absent key and a null are not the same. */
function defined(values: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
