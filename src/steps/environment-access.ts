import type { EnvironmentConfig } from '../config/server-config.ts';
import { suggest } from '../domain/suggestion.ts';

/** The environment that a step names, or why its pipeline may not use it. */
export function environmentFor(
  environments: Record<string, EnvironmentConfig>,
  { name, pipeline }: { name: string; pipeline: string },
): EnvironmentConfig | string {
  const environment = Object.hasOwn(environments, name) ? environments[name] : undefined;
  if (environment === undefined) {
    const known = suggest(name, Object.keys(environments)) ?? 'it knows none';
    return `the server knows no environment "${name}"; ${known}`;
  }
  const { pipelines } = environment;
  if (pipelines === null || pipelines.includes(pipeline)) return environment;
  return `pipeline ${pipeline} may not deploy to ${name}: name it under the environment's pipelines in the server configuration`;
}
