import { z } from 'zod';
import { memberOf } from './member.ts';
import { name, variableName } from './text-schemas.ts';

/** By variable, the name of a secret of the server. */
export const stepSecrets = z.record(variableName, name);

/** Refuses a variable that has a value in `env` and a secret; either may be of any type, as it was written. */
export function oneValueEach(
  { env, secrets }: { env?: unknown; secrets?: unknown },
  context: z.RefinementCtx,
): void {
  // That a list is no table is told of each by itself.
  const names = Array.isArray(secrets) ? [] : Object.keys(secrets ?? {});
  for (const variable of names.filter((known) => memberOf(env, known) !== undefined))
    context.addIssue({
      code: 'custom',
      path: ['secrets', variable],
      message: `${variable} has a value in 'env' already`,
    });
}
