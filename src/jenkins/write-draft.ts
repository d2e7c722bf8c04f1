import { stringify } from 'yaml';
import { patternMistake } from '../domain/path-filter.ts';
import { treePathMistake } from '../domain/tree-path.ts';
import { draftSteps } from './draft-steps.ts';
import type { JenkinsJob, Note } from './job.ts';
import { slug } from './slug.ts';

export interface DraftPlace {
  /** The job's name, which becomes the pipeline's. */
  name: string;
  /** The file that was read. */
  file: string;
  /** What trunkline.yaml calls the repository; null: as its URL ends. */
  repository: string | null;
}

export interface Draft {
  name: string;
  text: string;
  /** In the order of the file. */
  notes: Note[];
}

/** Writes a job as a pipeline that has no mistakes, with what it could not carry in front. */
export function writeDraft(job: JenkinsJob, place: DraftPlace): Draft {
  const notes = [...job.notes];
  const name = slug(place.name, 'job');
  const repository = place.repository ?? slug(repositoryName(job), 'repository');
  if (job.source === null) {
    const advice = `under source stands '${repository}': write what trunkline.yaml calls it, and the path of the service`;
    notes.push({ line: 0, what: 'the repository, which is not in this file', advice });
  }
  const value = {
    name,
    source: { repository, ...pathOf(job, notes) },
    on: triggersOf(job, name, notes),
    ...(Object.keys(job.parameters).length > 0 && { parameters: job.parameters }),
    steps: draftSteps(job, name, notes),
  };
  const inOrder = notes.toSorted((left, right) => left.line - right.line);
  const yaml = stringify(value, { lineWidth: 0, version: '1.2', aliasDuplicateObjects: false });
  return { name, text: `${headOf(job, { ...place, repository }, inOrder)}\n${yaml}`, notes: inOrder };
}

function repositoryName({ source }: JenkinsJob): string {
  return (
    source?.url
      .replace(/\/+$/, '')
      .replace(/\.git$/, '')
      .split(/[/:]/)
      .at(-1) ?? ''
  );
}

function pathOf({ source }: JenkinsJob, notes: Note[]): { path?: string } {
  if (source === null || source.path === '') return {};
  if (treePathMistake(source.path) === null) return { path: source.path };
  notes.push({ line: 0, what: `the path ${source.path}`, advice: 'write it under source.path' });
  return {};
}

function triggersOf(job: JenkinsJob, name: string, notes: Note[]): object {
  const { onCommit, quietSeconds, schedule, upstream } = job;
  const quiet = quietSeconds > 0 ? { quiet: `${quietSeconds}s` } : {};
  const upstreamName = upstream === null ? null : slug(upstream.name, 'job');
  if (upstreamName === name)
    notes.push({ line: 0, what: 'running after itself', advice: 'a pipeline cannot start itself' });
  else if (upstreamName !== null && upstreamName !== upstream?.name) {
    const advice = `check that its pipeline is called ${upstreamName}`;
    notes.push({ line: 0, what: `the name ${upstream?.name}`, advice });
  }
  if (!onCommit && schedule === null) noteBranches(job, notes);
  return {
    ...(onCommit && { commit: { ...branchesOf(job, notes), ...authorsOf(job), ...quiet } }),
    ...(schedule !== null && { schedule: clockOf(schedule, job, notes) }),
    ...(upstreamName !== null &&
      upstreamName !== name && { pipeline: { name: upstreamName, on: upstream?.on ?? 'succeeded' } }),
  };
}

function clockOf(
  { cron, timezone }: NonNullable<JenkinsJob['schedule']>,
  job: JenkinsJob,
  notes: Note[],
): object {
  return { cron, ...(timezone && { timezone }), ...scheduledBranchOf(job, notes) };
}

/** A timer of Jenkins builds what the job names, not the trunk or default branch. */
function scheduledBranchOf(job: JenkinsJob, notes: Note[]): { branch?: string } {
  const others = otherBranches(job);
  const [only] = others;
  if (only !== undefined && job.branches.length === 1 && !/[*?[{!]/.test(only)) return { branch: only };
  if (others.length > 0) {
    const advice =
      'write one of them under on.schedule.branch; without it a schedule runs the trunk or default branch';
    notes.push({ line: 0, what: `the timer for ${others.join(', ')}`, advice });
  }
  return {};
}

function noteBranches(job: JenkinsJob, notes: Note[]): void {
  const others = otherBranches(job);
  if (others.length === 0) return;
  const advice = 'name it when you start a run (trunkline trigger --branch), or write on.commit.branches';
  notes.push({ line: 0, what: `the branch ${others.join(', ')}`, advice });
}

function otherBranches({ branches }: JenkinsJob): string[] {
  return branches.filter((branch) => !['trunk', 'main', 'master'].includes(branch));
}

function authorsOf({ excludedAuthors }: JenkinsJob): { authors?: string[] } {
  return excludedAuthors.length === 0
    ? {}
    : { authors: ['**', ...excludedAuthors.map((name) => `!${name}`)] };
}

function branchesOf(job: JenkinsJob, notes: Note[]): { branches?: string[] } {
  const branches = job.branches.filter((branch) => patternMistake(branch) === null);
  if (branches.some((branch) => !branch.startsWith('!'))) return { branches };
  const advice = 'write them under on.commit.branches; the default is trunk, main and master';
  notes.push({ line: 0, what: 'which branches are built, which is not in this file', advice });
  return {};
}

/** In the draft itself; all of them are told beside it. */
const mostInComments = 200;

function headOf(job: JenkinsJob, place: DraftPlace, notes: readonly Note[]): string {
  const { source } = job;
  const repository =
    source === null
      ? []
      : [
          'trunkline.yaml needs:',
          `  repositories: { ${place.repository}: { ${source.kind}: '${source.url}' } }`,
          '',
        ];
  const told = notes.slice(0, mostInComments).map(noteText);
  const more = notes.length > told.length ? [`and ${notes.length - told.length} more`] : [];
  const lines = [
    `A draft, made by "trunkline import jenkins" of ${place.file}. Read it, check it with "trunkline lint".`,
    '',
    ...repository,
    ...(told.length === 0 ? [] : ['Not carried over, or to be looked at:']),
    ...[...told, ...more].map((line) => `- ${line}`),
  ];
  return lines.map((line) => `# ${comment(line)}`.trimEnd()).join('\n');
}

export function noteText({ line, what, advice }: Note): string {
  return comment(`${line === 0 ? '' : `line ${line}: `}${what}: ${advice}`);
}

/** One line that can stand in a comment of YAML. */
function comment(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cs}\p{Cn}\p{Co}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+/gu, ' ')
    .slice(0, 400);
}
