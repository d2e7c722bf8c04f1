import type { StepSecret } from '../../config/server-config.ts';
import type { RunStep } from '../../domain/pipeline.ts';
import { secretRefusal } from '../../domain/secret-access.ts';
import type { RunFacts } from '../step-handler.ts';

/** The variables for the step's secrets, or why it does not get one of them. */
export function secretVariables(
  secrets: Readonly<Record<string, StepSecret>>,
  { secrets: wanted = {} }: Pick<RunStep, 'secrets'>,
  run: RunFacts,
): { variables: Record<string, string> } | { refused: string } {
  const variables: Record<string, string> = {};
  for (const [variable, name] of Object.entries(wanted)) {
    const refused = secretRefusal(secrets, { name, run });
    if (refused !== null) return { refused };
    variables[variable] = secrets[name]?.value.reveal() ?? '';
  }
  return { variables };
}
