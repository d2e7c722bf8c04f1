import type { ServerConfig } from '../config/server-config.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import type { RunRow } from '../store/runs.ts';
import type { Principal } from '../store/tokens.ts';
import { HttpProblem } from './problem.ts';

type Environments = ServerConfig['environments'];

/** What was approved once may be put back by whoever may approve. @throws HttpProblem for anybody else */
export function assertMayRollBack(
  caller: Principal,
  { environments, name }: { environments: Environments; name: string },
): void {
  const roles = (Object.hasOwn(environments, name) ? environments[name]?.approve?.by : null) ?? null;
  if (roles === null || caller.roles.some((role) => roles.includes(role))) return;
  throw new HttpProblem({
    status: 403,
    code: 'role-missing',
    detail: `Cannot roll back in ${name}: it takes a token with the role ${roles.join(' or ')}.`,
    hint: `An administrator makes one with "trunkline token create NAME --scope run --role ${roles[0]}".`,
  });
}

/** A rollback that is continued is one all the same. @throws HttpProblem for whoever might not have asked for it */
export function assertMayContinue(
  caller: Principal,
  { environments, run }: { environments: Environments; run: RunRow },
): void {
  const { steps } = run.definition as unknown as Pipeline;
  for (const step of steps) {
    if (step.kind === 'deploy' && step.restore !== undefined)
      assertMayRollBack(caller, { environments, name: step.environment });
  }
}
