import { z } from 'zod';
import { name, variableName } from './text-schemas.ts';

/** By variable, the name of a secret of the server. */
export const stepSecrets = z.record(variableName, name);

/** Refuses a variable that has a value in `env` and a secret. */
export function oneValueEach(
  { env, secrets = {} }: { env: Record<string, string>; secrets?: Record<string, string> | undefined },
  context: z.RefinementCtx,
): void {
  for (const variable of Object.keys(secrets).filter((known) => Object.hasOwn(env, known)))
    context.addIssue({
      code: 'custom',
      path: ['secrets', variable],
      message: `${variable} has a value in 'env' already`,
    });
}
