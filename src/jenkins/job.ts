import type { RunWhen } from '../domain/pipeline.ts';

/** What both of Jenkins's ways to write a job are read into, before it is written as a pipeline. */
export interface JenkinsJob {
  source: JobSource | null;
  /** Patterns; empty: it does not say. */
  branches: string[];
  /** People whose commits do not start it. */
  excludedAuthors: string[];
  /** Whether commits start it. */
  onCommit: boolean;
  /** Seconds that must have been quiet after a commit; 0: none. */
  quietSeconds: number;
  schedule: { cron: string; timezone: string | null } | null;
  /** Another job whose end starts it. */
  upstream: { name: string; on: 'succeeded' | 'failed' | 'ended' } | null;
  /** As a pipeline has them, by name. */
  parameters: Record<string, object>;
  /** Names of those that it declares and that are no parameters of the pipeline. */
  leftOutParameters: Set<string>;
  /** Templates, set in all steps. */
  variables: Record<string, string>;
  steps: JobStep[];
  notes: Note[];
}

export interface JobSource {
  kind: 'svn' | 'git';
  url: string;
  /** Below the branch's root. */
  path: string;
}

/** Commands of one stage or builder, or people who are asked. */
export interface JobStep {
  /** As Jenkins calls it. */
  name: string;
  /** `null`: what a Dockerfile of the tree builds, or nothing that Jenkins says. */
  image: string | null;
  dockerfile: { context: string; file: string } | null;
  commands: string[];
  /** null: it does not wait for people. With it there are no commands. */
  approve: Approval | null;
  matrix: JobMatrix | null;
  /** Templates. */
  env: Record<string, string>;
  /** By variable, what trunkline.yaml is to call the secret. */
  secrets: Record<string, string>;
  /** Patterns of files that are kept. */
  artifacts: string[];
  /** null: always. */
  condition: StepCondition | null;
  /** Positions of the steps before it, in the job's list. */
  needs: number[];
  runWhen: RunWhen;
  timeoutSeconds: number | null;
  /** How often in all. */
  attempts: number;
}

export interface Approval {
  /** Roles. */
  by: string[];
  message: string | null;
  timeoutSeconds: number | null;
}

export interface JobMatrix {
  axes: Record<string, string[]>;
  exclude: Record<string, string>[];
}

/** Every key must hold, as in a pipeline. */
export interface StepCondition {
  branches?: string[];
  paths?: string[];
  trigger?: string[];
  parameters?: Record<string, string | boolean | string[]>;
}

/** Something that the draft does not have, and what to do about it. */
export interface Note {
  /** 1 is the first; 0: of no line. */
  line: number;
  what: string;
  advice: string;
}

/** Takes down what the draft does not have. */
export function noteIn(
  { notes }: Pick<JenkinsJob, 'notes'>,
  line: number,
): (what: string, advice: string) => void {
  return (what, advice) => void notes.push({ line, what, advice });
}

export function emptyJob(): JenkinsJob {
  return {
    source: null,
    branches: [],
    excludedAuthors: [],
    onCommit: false,
    quietSeconds: 0,
    schedule: null,
    upstream: null,
    parameters: {},
    leftOutParameters: new Set(),
    variables: {},
    steps: [],
    notes: [],
  };
}

export function plainStep(name: string): JobStep {
  return {
    name,
    image: null,
    dockerfile: null,
    commands: [],
    approve: null,
    matrix: null,
    env: {},
    secrets: {},
    artifacts: [],
    condition: null,
    needs: [],
    runWhen: 'on-success',
    timeoutSeconds: null,
    attempts: 1,
  };
}

/** Why a file is not read at all. */
export interface Unreadable {
  line: number;
  problem: string;
}
