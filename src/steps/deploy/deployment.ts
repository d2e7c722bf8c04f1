import type { Cluster, ProgressHooks } from '../../clusters/cluster.ts';
import type { EnvironmentConfig } from '../../config/server-config.ts';
import type { DeployStep } from '../../domain/pipeline.ts';
import type { DeployOutput } from '../../domain/step-output.ts';
import type { Db } from '../../store/database.ts';
import { updateDeployment } from '../../store/deployments.ts';
import type { Lease } from '../../store/leases.ts';
import type { StepContext, StepResult } from '../step-handler.ts';
import { type DeployJournal, writeJournal } from './journal.ts';
import { withdrawNew } from './withdraw-new.ts';

export interface DeployDependencies {
  db: Db;
  environments: Record<string, EnvironmentConfig>;
  clusterOf(environment: EnvironmentConfig): Cluster;
  /** Whether a registry still has `host/name@sha256:...`; true when the registry is not one of ours. */
  digestExists(reference: string): Promise<boolean>;
  /** So many healthy versions before the present one find their configuration still in the cluster. */
  keptVersions: number;
  /** Takes known secrets out of what a container has written, before it is stored. */
  mask(text: string): string;
}

/** One deployment at work. `journal` is replaced as it goes on. */
export interface Deployment {
  readonly deps: DeployDependencies;
  readonly step: DeployStep;
  readonly context: StepContext;
  readonly cluster: Cluster;
  readonly environment: EnvironmentConfig;
  readonly lease: Lease;
  journal: DeployJournal;
}

/** Stores what is about to happen, before it does. */
export async function remember(deployment: Deployment, change: Partial<DeployJournal>): Promise<void> {
  deployment.journal = await writeJournal(deployment.context.journal, { ...deployment.journal, ...change });
}

/** Stores how it ended: in the records of deployments, then in the journal, so that a repetition reports the same. */
export async function end(
  deployment: Deployment,
  result: StepResult,
  rolloutOutcome: 'partial' | 'lost' | 'suspended' | StepResult['outcome'] = result.outcome,
): Promise<StepResult> {
  if (deployment.journal.canary !== undefined) await withdrawNew(deployment);
  const { deps, lease, journal, context } = deployment;
  const cause = result.outcome === 'succeeded' ? (result.note ?? null) : result.reason;
  await updateDeployment(deps.db, lease, {
    deployId: journal.deployId,
    end: { outcome: rolloutOutcome, cause },
  });
  deployment.journal = await writeJournal(context.journal, { ...journal, phase: 'ended', result });
  return result;
}

/** Lines to the log, reports to the step's progress. */
export function progressHooks({ log, progress }: StepContext): ProgressHooks {
  return { onProgress: (line) => log.line(line), onReport: (report) => progress(report) };
}

export function outputOf({ journal, environment }: Deployment, images: string[]): DeployOutput {
  return {
    deployment: journal.deployId,
    environment: environment.name,
    workloads: (journal.workloads ?? []).map(({ name }) => name),
    images: images.filter((image) => image.includes('@')),
  };
}
