import type { BranchCase } from './branch-events.ts';
import type { GitlabEnd } from './gitlab-pipeline.ts';

/** What starts runs of a pipeline; null for what does not. */
export interface Triggers {
  commit: CommitTrigger | null;
  mergeRequest: MergeRequestTrigger | null;
  /** Absent in what was stored before there was such a trigger. */
  gitlabPipeline?: GitlabPipelineTrigger | null;
  branch: BranchTrigger | null;
  tag: TagTrigger | null;
  schedule: ScheduleTrigger | null;
  pipeline: PipelineTrigger | null;
}

export interface CommitTrigger {
  /** Patterns on the branch name; a leading `!` excludes; the last match wins (`pathFilter`). Default: `trunk`. */
  branches: string[];
  /** Patterns on paths relative to `source.path`; same rules. Default: everything below it. */
  paths: string[];
  /** Default: every. */
  revisions: 'every' | 'latest';
  /** How long nothing that passes the filters must have come to a branch before its newest commit is run. Default: 0. */
  quietMs: number;
  /** Patterns on the author's name; same rules. null: everybody. */
  authors: string[] | null;
  /** Regular expressions on the message; see `messageMatches`. null: every message. */
  messages: string[] | null;
  /** By the name of a revision property: regular expressions on its value, as on messages. Absent: whatever they are. */
  revisionProperties?: Readonly<Record<string, string[]>>;
  /** Changes of properties that do not count. Default: `svn:mergeinfo` alone. */
  ignore: ('mergeinfo' | 'properties')[];
  /** Commits by the account that Trunkline itself reads this repository with. Default: skip. */
  ownCommits: 'skip' | 'run';
}

export interface MergeRequestTrigger {
  /** Patterns on the branch that it is to be merged into. Default: every branch. */
  branches: string[];
  /** Whether those of forks count too. Absent: they do not. */
  forks?: boolean | undefined;
}

/** A pipeline of GitLab, of the same repository, whose end starts this one. */
export interface GitlabPipelineTrigger {
  /** How it must have ended. Default: success. */
  status: GitlabEnd[];
  /** Patterns on its branch; a tag is `tags/NAME`. Default: the main branch. */
  branches: string[];
}

export interface BranchTrigger {
  /** Default: created. */
  events: BranchCase[];
  /** Patterns on the branch. Default: every branch. */
  branches: string[];
}

export interface TagTrigger {
  /** Patterns on the tag's name. Default: every tag. */
  tags: string[];
}

export interface ScheduleTrigger {
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  cron: string;
  /** A name of the IANA database. Default: UTC. */
  timezone: string;
  /** null: the layout's trunk, or Git's default branch. */
  branch: string | null;
  /** What becomes of moments at which no server was up. Default: `once`, one run for all of them. */
  missed: 'once' | 'skip';
}

/** Another pipeline whose end starts this one. */
export interface PipelineTrigger {
  name: string;
  /** `ended`: however, unless it was superseded. Default: succeeded. */
  on: 'succeeded' | 'failed' | 'ended';
  /** Patterns on the branch of the other pipeline's run. Default: every branch. */
  branches: string[];
}
