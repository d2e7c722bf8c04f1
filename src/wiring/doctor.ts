import type { Environment } from '../config/config-reading.ts';
import { loadServerConfig, type ServerFlags } from '../config/load-server-config.ts';
import type { ServerConfig } from '../config/server-config.ts';
import { type Finding, fine, problem } from '../domain/finding.ts';
import { renderProblem } from '../domain/problem.ts';
import { examineNotifiers } from './doctor/notifiers.ts';
import { examineDatabaseOf, examineDataFolder, examinePort } from './doctor/places.ts';
import { examineEngine, examineRedis, examineRepositories } from './doctor/services.ts';
import { examineTools } from './doctor/tools.ts';

export interface DoctorSources {
  /** Everybody in `notify` gets a message that says that it is a test. */
  notify?: boolean | undefined;
  flags: ServerFlags;
  environment: Environment;
  cwd: string;
}

/**
 * Looks at all that a server with this config needs on this machine and from here, and changes nothing; it sends messages
 * where that is asked for. Every look has
 * a deadline; they are taken side by side.
 * @returns in a fixed order
 */
export async function examine(sources: DoctorSources): Promise<Finding[]> {
  const read = await loadServerConfig(sources);
  if ('problems' in read) {
    const lines = read.problems.map((found) => renderProblem(found, { color: false }));
    const hint = 'The rest is looked at once trunkline.yaml can be read.';
    return lines.map((line, index) => problem('config', line, index === lines.length - 1 ? hint : undefined));
  }
  const { config } = read;
  const looks = await Promise.all([
    examinePort(config),
    examineDataFolder(config),
    examineDatabaseOf(config),
    examineRedis(config),
    examineEngine(config),
    examineTools(config),
    examineRepositories(config),
    sources.notify === true ? examineNotifiers(config) : [],
  ]);
  return [fine('config', summaryOf(config)), ...looks.flat()];
}

function summaryOf({ repositories, environments, registries }: ServerConfig): string {
  const counts = [
    [Object.keys(repositories).length, 'repositories'],
    [Object.keys(registries).length, 'registries'],
    [Object.keys(environments).length, 'environments'],
  ] as const;
  return counts.map(([count, what]) => `${what}: ${count}`).join(', ');
}
