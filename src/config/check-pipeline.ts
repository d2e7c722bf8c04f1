import { memberOf, textAt } from '../domain/member.ts';
import type { Problem, ProblemReport } from '../domain/problem.ts';
import { secretMistake } from '../domain/secret-access.ts';
import { maxSteps } from '../domain/step-schemas.ts';
import { suggest } from '../domain/suggestion.ts';
import type { YamlDocument, YamlPath } from '../domain/yaml-document.ts';
import type { ServerConfig } from './server-config.ts';

/** The part of the server's config that pipelines may name. */
export type KnownNames = Pick<
  ServerConfig,
  'repositories' | 'registries' | 'environments' | 'docker' | 'secrets'
>;

/**
 * What only the server's config can tell about a pipeline: unknown names, and names that it may not use. It looks at the
 * file as it is written, so that these are told also where the file has other mistakes.
 */
export function checkPipeline(document: YamlDocument, config: KnownNames): Problem[] {
  const problems: Problem[] = [];
  const { value } = document;
  const add = (path: YamlPath, report: ProblemReport | null) => {
    if (report !== null) problems.push(document.problemAt(path, report));
  };
  const repository = textAt(memberOf(value, 'source'), 'repository');
  if (repository !== null)
    add(['source', 'repository'], unknownName('repository', repository, config.repositories));
  for (const [index, include] of listAt(value, 'include').entries())
    for (const [key, report] of checkInclude(include, config)) add(['include', index, key], report);
  const steps = listAt(value, 'steps');
  const name = textAt(value, 'name');
  for (const [index, step] of steps.slice(0, maxSteps).entries()) {
    add(['steps', index, 'push', 'registry'], checkRegistry(memberOf(step, 'push'), config));
    add(['steps', index, 'run', 'network'], checkNetwork(memberOf(step, 'run'), config));
    for (const kind of ['run', 'job'])
      for (const [variable, report] of checkSecrets(memberOf(step, kind), { name, config }))
        add(['steps', index, kind, 'secrets', variable], report);
    for (const kind of ['deploy', 'job'])
      add(['steps', index, kind, 'environment'], checkEnvironment(memberOf(step, kind), { name, config }));
  }
  return problems;
}

function listAt(value: unknown, key: string): unknown[] {
  const list = memberOf(value, key);
  return Array.isArray(list) ? list : [];
}

function checkInclude(include: unknown, { repositories }: KnownNames): [string, ProblemReport | null][] {
  const repository = textAt(include, 'repository');
  if (repository === null) return [];
  const unknown = unknownName('repository', repository, repositories);
  if (unknown !== null) return [['repository', unknown]];
  const revision = memberOf(include, 'revision');
  const isNumber = /^\d{1,10}$/.test(String(revision));
  const isNumbered = repositories[repository]?.kind === 'svn';
  if (revision === undefined || isNumber === isNumbered) return [];
  const message = isNumbered
    ? `'${repository}' is a Subversion repository: its revisions are numbers`
    : `'${repository}' is a Git repository: a revision is a commit, with all of its 40 digits`;
  return [['revision', { message }]];
}

function checkRegistry(push: unknown, { registries }: KnownNames): ProblemReport | null {
  if (push === undefined) return null;
  const registry = memberOf(push, 'registry');
  if (typeof registry === 'string') return unknownName('registry', registry, registries);
  const known = Object.values(registries);
  if (registry !== undefined || known.some((one) => one.isDefault)) return null;
  return known.length === 0
    ? {
        message: "the server's config names no registry",
        hint: "add one under 'registries' in trunkline.yaml",
      }
    : {
        message: 'the server has no default registry',
        hint: `name one: ${known.map((one) => one.name).join(', ')}`,
      };
}

function checkNetwork(run: unknown, { docker: { networks } }: KnownNames): ProblemReport | null {
  const network = textAt(run, 'network');
  if (network === null || networks.includes(network)) return null;
  return { message: `the server does not allow the network '${network}'`, hint: suggest(network, networks) };
}

function checkEnvironment(
  deploy: unknown,
  { name, config }: { name: string | null; config: KnownNames },
): ProblemReport | null {
  const environment = textAt(deploy, 'environment');
  if (environment === null) return null;
  const unknown = unknownName('environment', environment, config.environments);
  if (unknown !== null) return unknown;
  const allowed = config.environments[environment]?.pipelines ?? null;
  if (name === null || allowed === null || allowed.includes(name)) return null;
  return {
    message: `pipeline '${name}' may not deploy to '${environment}'`,
    hint: `add it to 'pipelines' of this environment in trunkline.yaml`,
  };
}

function checkSecrets(
  run: unknown,
  { name, config: { secrets } }: { name: string | null; config: KnownNames },
): [string, ProblemReport | null][] {
  const wanted = memberOf(run, 'secrets');
  if (typeof wanted !== 'object' || wanted === null) return [];
  return Object.keys(wanted).map((variable) => {
    const secret = textAt(wanted, variable);
    return [variable, secret === null ? null : secretMistake(secrets, { name: secret, pipeline: name })];
  });
}

function unknownName(
  what: string,
  name: string,
  known: Readonly<Record<string, unknown>>,
): ProblemReport | null {
  if (Object.hasOwn(known, name)) return null;
  const names = Object.keys(known);
  const hint = suggest(name, names) ?? `trunkline.yaml names none`;
  return { message: `the server knows no ${what} '${name}'`, hint };
}
