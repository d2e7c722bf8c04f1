import type { AppliedRollout, Diagnosis, PlannedColours } from '../../clusters/cluster.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { PodUsage } from '../../domain/pod-usage.ts';
import type { NamedObject } from '../../domain/prune.ts';
import type { StepJournal, StepResult } from '../step-handler.ts';

/**
 * How far a deployment has come. Each entry is written before the effect that follows it, so that whoever continues
 * knows what may have happened; the deploy id on the objects tells what has.
 */
export interface DeployJournal {
  /**
   * `planned`: nothing was written. `canary`: it may stand beside the stable version, which is as it was.
   * `colour`: the same for a new version that the Services do not lead to. `withdrawing`: the verdict on either is
   * certain, and it goes. `applying`: some objects may have been. `watching`: all were. `rolling-back`: the
   * verdict is certain, and the way back may have begun. `ended`: nothing is left to do but to report `result`.
   */
  phase: 'planned' | 'canary' | 'colour' | 'withdrawing' | 'applying' | 'watching' | 'rolling-back' | 'ended';
  deployId: string;
  workloads?: { name: string; target: string }[];
  /** What to apply to get back to the state before; null: there was none worth it. */
  before?: JsonObject[] | null;
  /** What was not there before anything was written. */
  added?: NamedObject[];
  /** The step of the canary that was begun, and what it consists of. */
  canary?: { step: number; objects: NamedObject[] };
  /** Of blue-green: the colour whose turn it is, and what is of it alone. */
  colours?: PlannedColours;
  /** What the pods took before anything was written; null: unknown. */
  usageBefore?: PodUsage | null;
  /** Where gates compare: which pods ran, and when, before anything was written. */
  podsBefore?: PodsBefore;
  /** What it changes, as lines for people: they go with a diagnosis. */
  changes?: string[];
  applied?: AppliedRollout;
  /** Up to where what the new pods write is in the step's log. */
  logsReadUpTo?: { [source: string]: string };
  failure?: DeployFailure;
  /** It has become healthy, and stands so in the records or is about to: nothing is left but to prune. */
  healthy?: Healthy;
  result?: StepResult;
}

export interface PodsBefore {
  /** ISO 8601. */
  at: string;
  pods: string[];
}

export interface Healthy {
  output: JsonObject;
  notes: string[];
}

/** Why a rollout is not left as it is. */
export interface DeployFailure {
  outcome: 'failed' | 'timed-out' | 'cancelled';
  /** One line. */
  reason: string;
  diagnosis: Diagnosis | null;
}

export function readJournal(journal: StepJournal): DeployJournal | undefined {
  const entry = journal.read();
  return typeof entry?.deployId === 'string' ? (entry as unknown as DeployJournal) : undefined;
}

export async function writeJournal(journal: StepJournal, entry: DeployJournal): Promise<DeployJournal> {
  await journal.write(entry as unknown as JsonObject);
  return entry;
}
