import { Fault } from '../domain/fault.ts';
import type { JsonObject } from '../domain/json.ts';
import type { BuildOutput } from '../domain/step-output.ts';
import type { Execution } from './execute-run.ts';

/**
 * The build steps of this run whose image can still be had: here, or in a registry.
 * @throws Fault when that cannot be told; the run's log says so, and the run is delivered again
 */
export async function findAvailableImages(execution: Execution): Promise<Set<string>> {
  const { admitted, engine, keeper, states, outputs, journals, log } = execution;
  const available = new Set<string>();
  for (const step of admitted.pipeline.steps) {
    if (step.kind !== 'build' || states.get(step.id)?.outcome !== 'succeeded') continue;
    const pushJournals = admitted.pipeline.steps
      .filter((other) => other.kind === 'push' && other.image === step.id)
      .map((push) => journals.get(push.id))
      .filter((journal): journal is JsonObject => journal !== undefined);
    const output = outputs.get(step.id) as BuildOutput;
    try {
      if (await engine.isImageAvailable(output, pushJournals, keeper.stop)) available.add(step.id);
    } catch (error) {
      if (error instanceof Fault) log.write(step.id, unknownNote(error));
      throw error;
    }
  }
  return available;
}

function unknownNote({ message, hint }: Fault): string {
  const advice = hint === undefined ? '' : ` ${hint}.`;
  return `Whether the image can still be had is not known: ${message}.${advice} The run goes on when it is; trying again.\n`;
}
