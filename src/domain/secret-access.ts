import { pathFilter } from './path-filter.ts';
import type { RunTold } from './run-values.ts';
import { suggest } from './suggestion.ts';

/** Who may use a secret. */
export interface SecretAccess {
  /** Names of pipelines; null: all. */
  pipelines: string[] | null;
  /** Patterns of branches; null: all. Of a merge request the branch counts that it is to be merged into. */
  branches: string[] | null;
  /** Whether runs of merge requests get it, in whose commands anybody may have written who may open one. */
  mergeRequests: boolean;
}

type Secrets = Readonly<Record<string, SecretAccess>>;

/**
 * Why a pipeline may not name a secret. Only those are suggested that it may use.
 * @param wish.pipeline null: not known
 */
export function secretMistake(
  secrets: Secrets,
  { name, pipeline }: { name: string; pipeline: string | null },
): { message: string; hint?: string } | null {
  const secret = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
  if (secret === undefined) {
    const usable = Object.keys(secrets).filter((known) => isFor(secrets[known], pipeline));
    const hint = suggest(name, usable) ?? `add it under 'secrets' in trunkline.yaml`;
    return { message: `the server knows no secret '${name}'`, hint };
  }
  if (isFor(secret, pipeline)) return null;
  return {
    message: `pipeline '${pipeline}' may not use the secret '${name}'`,
    hint: `add it to 'pipelines' of this secret in trunkline.yaml`,
  };
}

/** Why a run does not get a secret, in one line; null: it does. */
export function secretRefusal(
  secrets: Secrets,
  { name, run }: { name: string; run: { pipeline: string; branch: string; told: RunTold } },
): string | null {
  const mistake = secretMistake(secrets, { name, pipeline: run.pipeline });
  if (mistake !== null)
    return mistake.hint === undefined ? mistake.message : `${mistake.message}: ${mistake.hint}`;
  const { branches = null, mergeRequests = false } = secrets[name] ?? {};
  const { request } = run.told;
  if (request?.isFork === true)
    return `runs of forks do not get the secret '${name}', nor any other: leave the step out there with 'when'`;
  if (request !== undefined && !mergeRequests)
    return `runs of merge requests do not get the secret '${name}': leave the step out there with 'when', or say 'merge-requests: true' at this secret in trunkline.yaml`;
  const branch = request?.target ?? run.branch;
  if (branches === null || pathFilter(branches).matches(branch)) return null;
  return `runs of ${branch} do not get the secret '${name}': add it to 'branches' of this secret in trunkline.yaml`;
}

function isFor(secret: SecretAccess | undefined, pipeline: string | null): boolean {
  const pipelines = secret?.pipelines ?? null;
  return pipelines === null || pipeline === null || pipelines.includes(pipeline);
}
