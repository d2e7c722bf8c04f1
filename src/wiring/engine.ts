import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Cluster } from '../clusters/cluster.ts';
import type { EnvironmentConfig, ServerConfig } from '../config/server-config.ts';
import { createDockerEngine, type DockerEngine } from '../images/docker-engine.ts';
import { createRegistries, type Registries } from '../images/registries.ts';
import { openLogWriter } from '../logs/log-writer.ts';
import { maskText } from '../logs/masking.ts';
import { SecretMatcher } from '../logs/secret-matcher.ts';
import type { Engine } from '../runs/engine.ts';
import { createWorkspaces } from '../runs/workspaces.ts';
import type { TreeSource } from '../scm/source-control.ts';
import { createApproveStep } from '../steps/approve-step.ts';
import { createBuildStep } from '../steps/build-step.ts';
import { createComingChangeReader } from '../steps/deploy/coming-changes.ts';
import { createManualChangeReader } from '../steps/deploy/manual-changes.ts';
import { createDeployStep } from '../steps/deploy-step.ts';
import { createImageAvailability } from '../steps/image-availability.ts';
import { createJobStep } from '../steps/job-step.ts';
import { createPushStep } from '../steps/push-step.ts';
import { createArtifactKeeper } from '../steps/run/keep-artifacts.ts';
import { createStepCaches, type MainBranchOf, type StepCaches } from '../steps/run/step-caches.ts';
import { createRunStep } from '../steps/run-step.ts';
import { createTriggerStep } from '../steps/trigger-step.ts';
import type { Db } from '../store/database.ts';
import { isLeftBehind } from '../store/leases.ts';
import type { WorkerParts, WorkerSetting } from '../wiring.ts';
import { removeDeadWorkspaces } from './dead-places.ts';
import { createDigestCheck } from './digest-check.ts';
import { knownSecrets } from './secrets.ts';

/** Longer than a restart of PostgreSQL, so that runs survive one in the hands of their worker. */
const leaseTtlMs = 20_000;
/** The reference of `run-when` and docs/operations.md name it. */
const cleanUpMs = 5 * 60_000;

export interface EngineParts extends Pick<WorkerParts, 'store' | 'queue'> {
  leaseDb: Engine['leaseDb'];
  readPipeline: Engine['readPipeline'];
  sources(repository: string): TreeSource;
  clusterOf(environment: EnvironmentConfig): Cluster;
  mainBranchOf: MainBranchOf;
  /** Of this user, whose other processes keep theirs there too. Without it: in the home, which this process has alone. */
  sharedCaches?: string;
}

/** Joins the step handlers with the outside world. Nothing of it is contacted before a step needs it. */
export function assembleEngine(setting: WorkerSetting, parts: EngineParts): Engine {
  const { config, logger, home } = setting;
  const { clusterOf, store } = parts;
  const { db } = store;
  const registries = createRegistries(config.registries);
  const matcher = new SecretMatcher(knownSecrets(config, setting.databaseUrl));
  if (matcher.tooShort > 0)
    logger.warn({ secrets: matcher.tooShort }, 'secrets too short to be masked in logs');
  const mask = (text: string) => maskText(matcher, text);
  const docker = createDockerEngine({ docker: config.docker, registries, logger, folder: home.folder });
  const caches = cachesOf(setting, parts);
  return {
    db,
    leaseDb: parts.leaseDb,
    queue: parts.queue,
    logger,
    owner: `${home.workerId}/${randomUUID()}`,
    labels: config.labels,
    leaseTtlMs,
    cleanUpMs,
    handlers: handlersOf({ db, config, docker, registries, caches, clusterOf, mask }),
    workspaces: createWorkspaces({ folder: join(home.folder, 'workspaces'), sourceOf: parts.sources }),
    removeOrphans: (signal) => removeOrphans({ db, docker, caches, logger, dataDir: config.dataDir }, signal),
    isImageAvailable: createImageAvailability({ engine: docker, registries }),
    readPipeline: parts.readPipeline,
    openLog: (run, lease) =>
      openLogWriter({ db, lease, matcher, createdAt: run.created_at, caps: config.logs }),
    mask,
    sourceUrl: ({ repository, branch, revision }, path) =>
      parts.sources(repository).urlOf({ branch, path, revision }),
  };
}

interface HandlerTools extends Pick<EngineParts, 'clusterOf'> {
  db: Db;
  config: ServerConfig;
  docker: DockerEngine;
  registries: Registries;
  caches: StepCaches | null;
  mask(text: string): string;
}

function handlersOf(tools: HandlerTools): Engine['handlers'] {
  const { db, config, docker, registries, caches, clusterOf, mask } = tools;
  const { environments, secrets } = config;
  const keepArtifacts = createArtifactKeeper(db, config.artifacts);
  const deploys = {
    ...{ db, environments, clusterOf, mask },
    digestExists: createDigestCheck(config, registries),
    keptVersions: config.retention.rollbacks,
  };
  return {
    build: createBuildStep({ engine: docker }),
    push: createPushStep({ engine: docker, registries }),
    run: createRunStep({
      engine: docker,
      docker: config.docker,
      secrets,
      keepArtifacts,
      caches,
    }),
    job: createJobStep({ db, environments, secrets, clusterOf }),
    deploy: createDeployStep(deploys),
    trigger: createTriggerStep({ db }),
    approve: createApproveStep({
      db,
      manualChanges: createManualChangeReader(deploys),
      comingChanges: createComingChangeReader(deploys),
    }),
  };
}

function cachesOf(
  { config, home, logger }: WorkerSetting,
  { mainBranchOf, sharedCaches }: Pick<EngineParts, 'mainBranchOf' | 'sharedCaches'>,
): StepCaches | null {
  if (config.caches === null) return null;
  const folder = sharedCaches ?? join(home.folder, 'caches');
  const isShared = sharedCaches !== undefined;
  return createStepCaches({ ...config.caches, folder, isShared, mainBranchOf, logger });
}

interface OrphanPlaces {
  db: Db;
  docker: DockerEngine;
  caches: StepCaches | null;
  logger: Logger;
  dataDir: string;
}

async function removeOrphans(
  { db, docker, caches, logger, dataDir }: OrphanPlaces,
  signal: AbortSignal,
): Promise<void> {
  const folders = await removeDeadWorkspaces(dataDir, db);
  if (folders.length > 0) logger.info({ folders }, 'removed the trees of workers that died');
  await caches?.tidy();
  const isStale = ({ run }: { run: string }) => isLeftBehind(db, run);
  const removed = await docker.removeStaleContainers(isStale, signal);
  if (removed > 0) logger.info({ containers: removed }, 'removed containers of workers that died');
}
