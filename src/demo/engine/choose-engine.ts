import { CliError, exitCodes } from '../../cli/cli-error.ts';
import type { DemoPlan } from '../demo-plan.ts';
import type { Engine } from './engine.ts';
import { awaitInstalledEngine, findMachineEngine, unfitForSwarm } from './machine-engine.ts';
import { type OwnEngineSetting, startOwnEngine } from './own-engine.ts';

/** An engine of this machine that will do; undefined, perhaps with a reason, when there is none. */
export interface EngineSearch {
  engine: Engine | undefined;
  /** Why the one that is there will not do. */
  unfit: string | undefined;
}

export async function searchEngine(plan: DemoPlan): Promise<EngineSearch> {
  if (plan.engine.mustBeOwn) return { engine: undefined, unfit: undefined };
  return judge(plan, await findMachineEngine(plan.engine.dockerHost));
}

export interface EngineChoice extends OwnEngineSetting {
  plan: DemoPlan;
  search: EngineSearch;
  /** Whether Debian's engine was installed just now. */
  isInstalled: boolean;
}

/** The engine that was found, or has come with its package; else one of the demo's own. */
export async function openEngine(
  choice: EngineChoice,
  signal: AbortSignal,
): Promise<Engine & Partial<AsyncDisposable>> {
  const { plan, search, isInstalled } = choice;
  if (search.engine !== undefined) return search.engine;
  if (isInstalled && !plan.engine.mustBeOwn) {
    const { engine } = judge(plan, await awaitInstalledEngine(signal));
    if (engine !== undefined) return engine;
  }
  if (plan.kubernetes !== null)
    throw new CliError(exitCodes.wrongUse, 'no Docker engine answers here, to build the image with', {
      hint: 'Start one, or name one in DOCKER_HOST; it must be able to push to the registry.',
    });
  if (!plan.isRoot)
    throw new CliError(exitCodes.wrongUse, 'no Docker engine answers here, and only root can start one', {
      hint: 'Start it ("sudo systemctl start docker"), let this account use it (group docker), or be root.',
    });
  return startOwnEngine(choice, signal);
}

function judge(plan: DemoPlan, found: Engine | undefined): EngineSearch {
  const unfit = found === undefined || plan.kubernetes !== null ? undefined : unfitForSwarm(found);
  return { engine: unfit === undefined ? found : undefined, unfit };
}
