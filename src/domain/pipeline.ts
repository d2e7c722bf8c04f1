import type { CommandOutputs } from './command-outputs.ts';
import type { Gate } from './gate.ts';
import type { HelmChart } from './helm-chart.ts';
import type { IncludedFile } from './include.ts';
import type { JobTraits } from './job-traits.ts';
import type { LintLevels } from './lint-levels.ts';
import type { Parameter, ParameterValue } from './parameter.ts';
import type { RolloutStrategy } from './rollout-strategy.ts';
import type { Service } from './service.ts';
import type { ServiceCheck } from './service-check.ts';
import type { Triggers } from './triggers.ts';

/** A pipeline file after parsing: checked, defaults filled in, times in milliseconds. */
export interface Pipeline {
  name: string;
  /** `path` is the base of every path in the file, relative to the branch's root; '' is the root. */
  source: { repository: string; path: string; only?: string[] };
  on: Triggers;
  /** `group` is a template and counts within this pipeline only; default `${branch}`, first in, first out. */
  concurrency: Concurrency;
  /** Absent: normal. */
  priority?: Priority;
  /** Labels that a worker must have, all of them; absent: any worker will do. */
  runsOn?: string[];
  /** What can be given to a run; absent: nothing. */
  parameters?: Parameter[];
  /** For each of its steps, beside that step's own. */
  when?: StepCondition;
  /**
   * Relative to `source.path`: where the steps are, until a run has read them there. `starts`: pipelines that its trigger
   * steps may start; absent: none.
   */
  file?: { path: string; mergeRequests: 'target' | 'source'; starts?: string[] };
  steps: StepDefinition[];
  /** What the file includes, as it was then; absent: nothing. */
  files?: IncludedFile[];
  /** Of a promotion, which no file can ask for: the run whose images are deployed, and what its other steps have left. */
  promotes?: { runId: string; outputs?: Record<string, CommandOutputs> };
  /** Of a run, not of a file: what the conditions of its steps were decided on. */
  cause?: RunCause;
}

export const priorities = ['low', 'normal', 'high'] as const;
export type Priority = (typeof priorities)[number];

/** What can start a run in the first place. */
export const triggerKinds = [
  'commit',
  'merge-request',
  'gitlab-pipeline',
  'branch-created',
  'branch-deleted',
  'tag',
  'schedule',
  'pipeline',
  'api',
] as const;
export type TriggerKind = (typeof triggerKinds)[number];

export interface RunCause {
  trigger: TriggerKind;
  /** Whether the run's commits changed what a step's `when.paths` names, by the list; what is missing is not known. */
  touched: Record<string, boolean>;
}

/** The group of a pipeline that names none. */
export const branchGroup = '${branch}';

export interface Concurrency {
  group: string;
  queue: 'latest' | 'fifo';
  /** How many runs of a group work at once; absent, as in all runs that were made before there was a choice: 1. */
  limit?: number;
  /** Whether a newer run ends an older one that works, unless that has begun to deploy. Absent: it does not. */
  cancelInProgress?: true;
  /** Of `fifo`: how many runs of a group may wait; of more the oldest end. Absent: any number. */
  maxQueue?: number;
  /** How long a run may wait for its turn. Absent: for as long as it takes. */
  queueTimeoutMs?: number;
}

interface StepCommon {
  id: string;
  /** Ids of the steps that must have ended before; without `needs` in the file: the step before. */
  needs: string[];
  /** Absent, as in all runs that were made before there was a choice: `on-success`. */
  runWhen?: RunWhen;
  when?: StepCondition;
  /** Of a run: why its condition does not hold. */
  skip?: string;
  /** Its failure is a warning: the run goes on, and does not fail by it. */
  allowFailure?: true;
  /** Hard limit of one attempt. Default: 1 h for build and run, 15 min for push, 10 min for deploy. */
  timeoutMs: number;
  /** Retries of faults (ours or the world's); a user's failure is never repeated unless `on` names it. Default: 5, faults only. */
  retry: RetryRule;
  /** How long one attempt may go on without output or progress; absent: for as long as it lasts. */
  idleTimeoutMs?: number;
}

/** Each part must hold; null: not asked for. Patterns as in a commit trigger. */
export interface StepCondition {
  branches: string[] | null;
  /** Relative to `source.path`. */
  paths: string[] | null;
  trigger: TriggerKind[] | null;
  /** By parameter, the values with which it holds. */
  parameters: Record<string, ParameterValue[]> | null;
}

/** After which ends of the steps before it a step runs: all well, one of them failed, or whatever happened. */
export const runWhens = ['on-success', 'on-failure', 'on-cancel', 'always'] as const;
export type RunWhen = (typeof runWhens)[number];

export interface RetryRule {
  max: number;
  on: RetryCause[];
  /** The first pause; each further one is twice as long. Absent: 1 s, to 15 s. */
  backoffMs?: number;
}

/** A number: a failure with this exit code. */
export type RetryCause = 'fault' | 'timeout' | 'failure' | number;

export interface BuildStep extends StepCommon {
  kind: 'build';
  /** Relative to `source.path`, `.` for that folder itself. */
  context: string;
  /** Relative to the context. */
  dockerfile: string;
  /** A name in the default registry: `shop/cart`, without host or tag. */
  image: string;
  /** Values are templates. */
  args: Record<string, string>;
  target: string | null;
}

export interface PushStep extends StepCommon {
  kind: 'push';
  /** Id of the build step whose image is pushed. */
  image: string;
  /** Templates such as `r${revision}`; default `r${revision}-${run}`. */
  tags: string[];
  /** A registry of the server's config; null is the default one. */
  registry: string | null;
  /** A build of the pipeline stands on the pushed image. */
  isBase?: true;
}

export interface RunStep extends StepCommon {
  kind: 'run';
  /** The image of a build step of this run, or any other image. */
  from: { step: string } | { image: string };
  commands: string[];
  /** Values are templates; commands are not (there `${...}` is the shell's). */
  env: Record<string, string>;
  /** By variable, an entry of the server's `secrets`; absent: none. */
  secrets?: Record<string, string>;
  /** A network that the server's config allows; null: the server's default. */
  network: string | null;
  /** Whole or fractional cores; null: the server's limit. */
  cpus: number | null;
  memoryBytes: number | null;
  /** Absent: none. */
  services?: Service[];
  /** What later runs of the step find again; absent: nothing. */
  cache?: StepCache[];
  /** Patterns of files relative to `source.path` that are kept once the commands have succeeded; absent: none. */
  artifacts?: string[];
}

/** Files and folders relative to `source.path`, kept for as long as the key files are what they were. */
export interface StepCache {
  keyFiles: string[];
  paths: string[];
}

export interface DeployStep extends StepCommon {
  kind: 'deploy';
  environment: string;
  /** Patterns of files relative to `source.path`, as the folder in `kustomize` is; empty when that or `workload` is used. */
  manifests: string[];
  kustomize?: string;
  helm?: HelmChart;
  /** `deployment/cart` with container -> build step, or null when `manifests` is used. */
  workload: { kind: string; name: string; images: Record<string, string> } | null;
  /** How long the rolled-out pods must stay healthy, at least; 0 leaves only `minReadySeconds`. Default: 10 s. */
  soakMs: number;
  /** Whose output is in the step's log while the rollout is watched. Absent: `one`. */
  logs?: 'one' | 'all' | 'none';
  /** Delete what earlier deployments of the step have applied and its manifests no longer have. */
  prune?: { mayShrink: boolean };
  /** Questions to Prometheus that the new version has to pass while it is watched. */
  gates?: Gate[];
  /** Requests through Services that the new version has to answer once it has taken over. */
  checks?: ServiceCheck[];
  /** How grave what is told of its manifests is. */
  lints?: LintLevels;
  /** How the new version takes over; none: as the cluster does by itself. `stepped`: a StatefulSet pod by pod. */
  strategy?: RolloutStrategy;
  /** The deploy step of the run whose environment gets back what ran before it; then nothing else is deployed. */
  undoes?: string;
  /**
   * Which no file can ask for: the earlier deployment whose stored set is put back, by a rollback; or, `corrects`, once
   * more, since it is no longer what is there.
   */
  restore?: { deployId: string; label: string; corrects?: true };
}

/** `timeoutMs` is how long it waits. Default: 24 h. */
export interface ApproveStep extends StepCommon {
  kind: 'approve';
  /** Roles, one of which a person needs who decides. */
  by: string[];
  /** How many people must approve. Default: 1. */
  count: number;
  /** Whether those who made the revision or asked for the run may not approve. Default: true. */
  notAuthor: boolean;
  message: string | null;
}

export interface JobStep extends StepCommon, JobTraits {
  kind: 'job';
  environment: string;
  /** A file relative to `source.path`, or commands in the pushed image of a build step. Values of `env` are templates. */
  source: { manifest: string } | { step: string; commands: string[]; env: Record<string, string> };
  /** Of commands: by variable, an entry of the server's `secrets`; absent: none. */
  secrets?: Record<string, string>;
}

/** Starts another pipeline. String values of `parameters` are templates; `timeoutMs` is how long it waits. */
export interface TriggerStep extends StepCommon {
  kind: 'trigger';
  pipeline: string;
  parameters: Record<string, string | number | boolean>;
  wait: boolean;
}

export type StepDefinition =
  | BuildStep
  | PushStep
  | RunStep
  | DeployStep
  | ApproveStep
  | JobStep
  | TriggerStep;
export type StepKind = StepDefinition['kind'];
