import type { JsonObject } from '../../domain/json.ts';
import { recordOf, textOf } from '../json-reading.ts';
import {
  containerOf,
  imageOf,
  isServiceSpec,
  type Service,
  type ServiceSpec,
  withContainer,
} from './service.ts';
import { deployIdLabel, markRestored, taskDeployIdOf } from './stamp.ts';

/**
 * A service in the records of a deployment: all of it, or, where only an existing service's image was changed, that
 * image and the deployment that its tasks belong to.
 */
export type StoredService = JsonObject & {
  kind: 'Service';
  metadata: { name: string };
  /** Where the registry is asked whether it still has it. */
  image: string;
  deployId: string | null;
  spec: ServiceSpec | null;
};

export function storedService(spec: ServiceSpec, { isWhole }: { isWhole: boolean }): StoredService {
  return {
    kind: 'Service',
    metadata: { name: spec.Name },
    image: imageOf(spec),
    deployId: taskDeployIdOf(spec),
    spec: isWhole ? spec : null,
  };
}

export function isStoredService(value: JsonObject): value is StoredService {
  const isSpec = value.spec === null || isServiceSpec(value.spec);
  return value.kind === 'Service' && isSpec && textOf(recordOf(value.metadata).name) !== '';
}

/** The live service as the stored one was. */
export function restoredSpec(
  stored: StoredService,
  live: Service,
  mark: { replaces: string; changeCause: string },
): ServiceSpec {
  if (stored.spec !== null) return markRestored(stored.spec, mark);
  const { [deployIdLabel]: _failed, ...labels } = recordOf(containerOf(live.spec).Labels);
  const ofTasks = stored.deployId === null ? labels : { ...labels, [deployIdLabel]: stored.deployId };
  return markRestored(withContainer(live.spec, { Image: stored.image, Labels: ofTasks }), mark);
}
