import type { StepSecret } from '../config/server-config.ts';
import type { Secret } from '../domain/secret.ts';
import { secretRefusal } from '../domain/secret-access.ts';
import type { RunFacts } from './step-handler.ts';

/** The variables for the step's secrets, or why it does not get one of them. */
export function secretVariables(
  secrets: Readonly<Record<string, StepSecret>>,
  { secrets: wanted = {} }: { secrets?: Record<string, string> },
  run: RunFacts,
): { variables: Record<string, Secret> } | { refused: string } {
  const variables: Record<string, Secret> = {};
  for (const [variable, name] of Object.entries(wanted)) {
    const refused = secretRefusal(secrets, { name, run });
    if (refused !== null) return { refused };
    const secret = secrets[name]?.value;
    if (secret !== undefined) variables[variable] = secret;
  }
  return { variables };
}

/** For whoever must have them in the open. */
export function revealed(variables: Readonly<Record<string, Secret>>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, secret]) => [name, secret.reveal()]));
}
