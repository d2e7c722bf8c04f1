import { isRefusal, type PlanRequest, type Refusal, type StoredSource } from '../cluster.ts';
import { type Service, type ServiceSpec, withContainer } from './service.ts';
import { carries, stamped } from './stamp.ts';
import { isStoredService, type StoredService } from './stored-service.ts';
import type { Write } from './write-set.ts';

/** Puts in services as an earlier deployment had them: whole, or where only an image was changed, that image. */
export function storedWrites(
  request: PlanRequest,
  { objects }: StoredSource,
): { writes: Write[]; isWhole: boolean } {
  const stored = objects.filter(isStoredService);
  const writes = stored.map(
    (service): Write => ({
      name: service.metadata.name,
      isDone: (live) => carries(live, request.deployId),
      render(live) {
        const spec = specOf(service, live);
        return isRefusal(spec) ? spec : stamped(spec, request);
      },
    }),
  );
  return { writes, isWhole: stored.every(({ spec }) => spec !== null) };
}

function specOf(stored: StoredService, live: Service | null): ServiceSpec | Refusal {
  if (stored.spec !== null) return stored.spec;
  const { name } = stored.metadata;
  if (live === null) return { refusal: `service/${name} does not exist any more: only its image was kept` };
  return withContainer(live.spec, { Image: stored.image });
}
