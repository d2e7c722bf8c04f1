import type { DeployStep, PushStep, RunStep, StepDefinition } from '../domain/pipeline.ts';
import type { ParsedPipeline } from '../domain/pipeline-file.ts';
import type { Problem } from '../domain/problem.ts';
import { suggest } from '../domain/suggestion.ts';
import type { YamlPath } from '../domain/yaml-document.ts';
import type { ProblemReport } from '../domain/yaml-source.ts';
import type { ServerConfig } from './server-config.ts';

/** What only the server's config can tell about a pipeline: unknown names, and names that it may not use. */
export function checkPipeline({ pipeline, document }: ParsedPipeline, config: ServerConfig): Problem[] {
  const problems: Problem[] = [];
  const add = (path: YamlPath, report: ProblemReport | null) => {
    if (report !== null) problems.push(document.problemAt(path, report));
  };
  add(['source', 'repository'], unknownName('repository', pipeline.source.repository, config.repositories));
  for (const [index, step] of pipeline.steps.entries()) {
    const { key, report } = checkStep(step, { name: pipeline.name, config });
    add(['steps', index, step.kind, key], report);
  }
  return problems;
}

interface PipelineCheck {
  name: string;
  config: ServerConfig;
}

interface StepFinding {
  key: string;
  report: ProblemReport | null;
}

function checkStep(step: StepDefinition, check: PipelineCheck): StepFinding {
  switch (step.kind) {
    case 'build':
      return { key: 'image', report: null };
    case 'push':
      return { key: 'registry', report: checkRegistry(step, check) };
    case 'run':
      return { key: 'network', report: checkNetwork(step, check) };
    case 'deploy':
      return { key: 'environment', report: checkEnvironment(step, check) };
  }
}

function checkRegistry({ registry }: PushStep, { config }: PipelineCheck): ProblemReport | null {
  if (registry !== null) return unknownName('registry', registry, config.registries);
  const known = Object.values(config.registries);
  if (known.some((one) => one.isDefault)) return null;
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

function checkNetwork({ network }: RunStep, { config }: PipelineCheck): ProblemReport | null {
  const { networks } = config.docker;
  if (network === null || networks.includes(network)) return null;
  return { message: `the server does not allow the network '${network}'`, hint: suggest(network, networks) };
}

function checkEnvironment(
  { environment }: DeployStep,
  { name, config }: PipelineCheck,
): ProblemReport | null {
  const unknown = unknownName('environment', environment, config.environments);
  if (unknown !== null) return unknown;
  const allowed = config.environments[environment]?.pipelines ?? null;
  if (allowed === null || allowed.includes(name)) return null;
  return {
    message: `pipeline '${name}' may not deploy to '${environment}'`,
    hint: `add it to 'pipelines' of this environment in trunkline.yaml`,
  };
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
