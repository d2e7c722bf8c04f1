import { type ConfigSources, loadServerConfig } from '../config/load-server-config.ts';
import type { ServerConfig } from '../config/server-config.ts';
import { renderProblem } from '../domain/problem.ts';
import { CliError, exitCodes } from './cli-error.ts';

/** The config of a server, for a command that is given its flags. @throws CliError with all its mistakes */
export async function readServerConfig(sources: ConfigSources): Promise<ServerConfig> {
  const read = await loadServerConfig(sources);
  if ('config' in read) return read.config;
  const problems = read.problems.map((problem) => renderProblem(problem, { color: false }));
  throw new CliError(exitCodes.wrongUse, `the server's config has mistakes:\n${problems.join('\n')}`);
}
