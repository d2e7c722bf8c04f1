import {
  type AppliedRollout,
  isRefusal,
  type Refusal,
  type RestoreRequest,
  type WriteHooks,
} from '../cluster.ts';
import type { Service } from './service.ts';
import type { ServiceWriter } from './service-writer.ts';
import { deployIdOf, replacedBy, taskDeployIdOf } from './stamp.ts';
import { isStoredService, restoredSpec, type StoredService } from './stored-service.ts';
import { toAppliedRollout, type Write, writeAll } from './write-set.ts';

/** Puts stored services over what a failed deployment left; refused where somebody else has changed one of them since. */
export async function restoreServices(
  writer: ServiceWriter,
  { request, hooks }: { request: RestoreRequest; hooks: WriteHooks },
  signal: AbortSignal,
): Promise<AppliedRollout | Refusal> {
  const stored = request.objects.filter(isStoredService);
  for (const service of stored) {
    const live = await writer.read(service.metadata.name, signal);
    if (live === null || !isOurs(live, service, request.replaces)) return notOurs(service, live);
  }
  const writes = stored.map((service) => toWrite(service, request));
  const written = await writeAll({ writer, writes, hooks }, signal);
  return isRefusal(written) ? written : toAppliedRollout(written, request.replaces);
}

function toWrite(stored: StoredService, { replaces, changeCause }: RestoreRequest): Write {
  return {
    name: stored.metadata.name,
    isDone: (live) => taskDeployIdOf(live.spec) !== replaces && isOurs(live, stored, replaces),
    render(live) {
      if (live === null || !isOurs(live, stored, replaces)) return notOurs(stored, live);
      return restoredSpec(stored, live, { replaces, changeCause });
    },
  };
}

/** It still is what the failed deployment made of it, or never came to be, or was put back already. */
function isOurs(live: Service, stored: StoredService, failedId: string): boolean {
  if (replacedBy(live) === failedId) return true;
  if (taskDeployIdOf(live.spec) === failedId) return deployIdOf(live) === failedId;
  return taskDeployIdOf(live.spec) === stored.deployId;
}

function notOurs({ metadata }: StoredService, live: Service | null): Refusal {
  const what = live === null ? 'was removed' : 'was changed';
  return { refusal: `service/${metadata.name} ${what} by somebody else meanwhile: it is left as it is` };
}
