import type Dockerode from 'dockerode';
import type { ReportProgress } from '../domain/step-progress.ts';
import type { ContainerEntry } from './container-entries.ts';
import { type OutboxWish, outboxBind, outboxPath } from './outbox.ts';

export interface ContainerRequest {
  owner: ContainerOwner;
  image: {
    /** An id or a name. */
    name: string;
    /** What to pull when the engine does not have it; null: nowhere to be had. */
    pull: string | null;
  };
  /** Text for `/bin/sh -e`. */
  script: string;
  env: Readonly<Record<string, string>>;
  /** Absolute path of the folder that becomes /workspace, or is copied there; it has to exist once `ready` resolves. */
  workspace: string;
  network: string;
  /** The network of its services, which it is on as well. */
  servicesNetwork?: string | undefined;
  limits: ContainerLimits;
  /** A file that is wanted from it when its script has succeeded. */
  wanted?: OutboxWish | undefined;
  /** Told when its script has succeeded, and how to read what is in the workspace then; a path relative to it. */
  keep?: ((entriesOf: (path: string) => AsyncIterable<ContainerEntry>) => Promise<void>) | undefined;
  /** What has to be done before the container may start; the engine creates it meanwhile. */
  ready(): Promise<unknown>;
  /** Receives the output as it comes. */
  write(text: string): void;
  /** Awaited before more output is read; the container waits meanwhile. */
  drained?: (() => Promise<void>) | undefined;
  /**
   * Takes over what is done after the end and does not change it: the removal of the container, which may be tried again
   * when it fails. Absent: it is waited for.
   */
  leave?: ((rest: () => Promise<void>) => void) | undefined;
  /** Told how far the pull of the image is, where it has to be pulled. */
  report?: ReportProgress | undefined;
}

export interface ContainerLimits {
  cpus: number;
  memoryBytes: number;
  pids: number;
}

/** For whom a container works; one of another attempt at the same step is a dead worker's. */
export interface ContainerOwner {
  run: string;
  step: string;
  attempt: number;
}

export const ownerLabels = {
  run: 'io.trunkline.run',
  step: 'io.trunkline.step',
  attempt: 'io.trunkline.attempt',
} as const;

/** Enough for package managers and for a workspace of any owner; not raw sockets, device nodes, file capabilities. */
const capabilities = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'SETUID',
  'SETGID',
  'KILL',
  'NET_BIND_SERVICE',
];
const root = '0:0';

export interface EngineTraits {
  /** The engine refuses a container that may use more cores than there are. */
  cpus: number;
  /** Whether it sees the workspace where we see it. */
  seesWorkspace: boolean;
}

export function containerOptions(
  { owner, image, script, env, ...request }: ContainerRequest,
  engine: EngineTraits,
): Dockerode.ContainerCreateOptions & { name: string } {
  const { workspace, network, servicesNetwork, limits, wanted } = request;
  const isShared = engine.seesWorkspace;
  const variables = wanted === undefined ? env : { ...env, [wanted.variable]: outboxPath(isShared) };
  const outbox = wanted === undefined ? [] : [outboxBind(workspace)];
  return {
    name: `trunkline-${owner.run}-${owner.step}-${owner.attempt}`,
    Image: image.name,
    Labels: {
      [ownerLabels.run]: owner.run,
      [ownerLabels.step]: owner.step,
      [ownerLabels.attempt]: String(owner.attempt),
    },
    User: root,
    Entrypoint: ['/bin/sh', '-e', '-c'],
    Cmd: [script],
    Env: Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    WorkingDir: '/workspace',
    HostConfig: {
      // Not `Mounts`: those demand that the folder is there before the container is created.
      Binds: isShared ? [`${workspace}:/workspace`, ...outbox] : [],
      // Nothing can be on another network beside none.
      NetworkMode: network === 'none' ? (servicesNetwork ?? network) : network,
      ...safeguards(limits, engine.cpus),
      // The output goes to the run's log; the engine need not write it to its disk as well.
      LogConfig: { Type: 'none', Config: {} },
    },
  };
}

/** What no container of a step gets more of. */
export function safeguards(limits: ContainerLimits, engineCpus: number) {
  return {
    NanoCpus: Math.round(Math.min(limits.cpus, engineCpus) * 1e9),
    Memory: limits.memoryBytes,
    MemorySwap: limits.memoryBytes,
    PidsLimit: limits.pids,
    CapDrop: ['ALL'],
    CapAdd: capabilities,
    SecurityOpt: ['no-new-privileges'],
  };
}
