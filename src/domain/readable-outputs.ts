import { readOutputs } from './command-outputs.ts';
import type { JsonObject } from './json.ts';
import { readPush } from './step-output.ts';

/** What every push step leaves for later steps, beside what `run` steps write themselves. */
export const pushOutputNames = ['image', 'digest'] as const;

/**
 * What later steps may read of a step as `${steps.ID.outputs.NAME}`, by name. Of a push that is the `image` by its digest,
 * which a later build can stand on (`FROM`), and the `digest` alone.
 */
export function readableOutputs(output: JsonObject | null | undefined): ReadonlyMap<string, string> {
  const push = readPush(output ?? undefined);
  if (push === undefined) return readOutputs(output);
  const values = { image: `${push.repository}@${push.digest}`, digest: push.digest };
  return new Map(pushOutputNames.map((name) => [name, values[name]]));
}
