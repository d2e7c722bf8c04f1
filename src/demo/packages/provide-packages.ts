import type { Terminal } from '../../cli/terminal.ts';
import type { DemoPlan } from '../demo-plan.ts';
import type { DemoFolder } from '../setup/demo-folder.ts';
import type { Tools } from '../setup/run-tool.ts';
import type { Stages } from '../setup/stages.ts';
import { agreeToInstall } from './agree-to-install.ts';
import { installPackages } from './apt-get.ts';
import { missingPackages } from './missing-packages.ts';

export interface Provision {
  plan: DemoPlan;
  folder: DemoFolder;
  environment: Record<string, string>;
  tools: Tools;
  terminal: Terminal;
  stages: Stages;
  /** Whether an engine that will do is there. */
  hasEngine: boolean;
}

/** Installs what is missing, when that is agreed to. @returns the packages that were installed */
export async function providePackages(provision: Provision, signal: AbortSignal): Promise<string[]> {
  const { plan, folder, environment, tools, terminal, stages, hasEngine } = provision;
  const { PATH: path = '' } = environment;
  const there = { engine: hasEngine, registry: plan.kubernetes !== null };
  const needs = await missingPackages({ path, tools }, there);
  if (needs.length === 0) return [];
  await agreeToInstall(terminal, needs, { isGiven: plan.mayInstall, path, isRoot: plan.isRoot });
  const packages = needs.map((need) => need.package);
  await stages.run('packages', async (onProgress) => {
    const logFile = folder.at('log/apt-get.log');
    await installPackages({ packages, environment, logFile, onProgress, signal });
    return { value: undefined, detail: `${packages.join(', ')} installed` };
  });
  return packages;
}
