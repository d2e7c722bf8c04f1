import { type CommandOutputs, mostOutputBytes, parseOutputs } from '../../domain/command-outputs.ts';
import type { ContainerFile } from '../../images/container-file.ts';
import type { OutboxWish } from '../../images/outbox.ts';
import type { StepResult } from '../step-handler.ts';

/** Tells the commands of a step where they can leave values for later ones. */
const outputVariable = 'TRUNKLINE_OUTPUT';
export const outputFile: OutboxWish = { variable: outputVariable, mostBytes: mostOutputBytes };

/** For commands of any user. Where it cannot be made, a step that has nothing to leave runs all the same. */
export const makeOutputFile = `(umask 0; : >"$${outputVariable}") || :`;

/** The end of a step whose commands have succeeded. */
export function endWithOutputs(file: ContainerFile | undefined): StepResult {
  if (file === undefined || file.kind === 'none') return { outcome: 'succeeded', output: {} };
  if (file.kind === 'no-file') return refused('is no plain file any more');
  if (file.kind === 'too-large') return refused(`has more than ${mostOutputBytes} bytes`);
  const read = readText(file.bytes);
  if (read === null) return refused('is no UTF-8 text');
  const parsed = parseOutputs(read);
  if ('mistake' in parsed) return refused(parsed.mistake);
  if (Object.keys(parsed.outputs).length === 0) return { outcome: 'succeeded', output: {} };
  const output: CommandOutputs = { outputs: parsed.outputs };
  return { outcome: 'succeeded', output };
}

function refused(why: string): StepResult {
  return {
    outcome: 'failed',
    reason: `the commands succeeded, but what they left in $${outputVariable} ${why}`,
  };
}

function readText(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
