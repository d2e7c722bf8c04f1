import type { JsonObject } from '../../domain/json.ts';
import { at, listOf, recordOf, textOf } from '../json-reading.ts';
import { containersOf, isWorkload, type KubeObject } from './objects.ts';
import { deployIdAnnotation, deployIdOf, templateDeployIdOf } from './stamp.ts';
import { withoutSteps } from './stepping.ts';

/**
 * What has to be applied to bring a live object back to how it is now: the whole of it, or for an image change only
 * what that changes. Values of Secrets are never kept, so a Secret is left as it is.
 */
export function snapshotOf(live: KubeObject, imageChange?: KubeObject): KubeObject {
  if (imageChange !== undefined) return imagesBefore(live, imageChange);
  const { apiVersion, kind, metadata, status: _status, ...content } = withoutSteps(live);
  const kept: KubeObject = {
    apiVersion,
    kind,
    metadata: { name: metadata.name, ...ownMetadata(metadata) },
    ...structuredClone(content),
  };
  return withoutSecretValues(kept);
}

/** Only a rendered or stored set holds Secrets without values; it is never applied like that. */
export function withoutSecretValues(object: KubeObject): KubeObject {
  if (object.kind !== 'Secret') return object;
  const { data: _data, stringData: _stringData, ...rest } = object;
  return rest;
}

/** Annotations that a controller or kubectl keeps for itself would be wrong when put back. */
const keptByOthers =
  /^(deployment\.kubernetes\.io|deprecated\.daemonset\.template|kubectl\.kubernetes\.io)\//;

function ownMetadata(metadata: KubeObject['metadata']): JsonObject {
  const annotations = Object.entries(recordOf(metadata.annotations)).filter(
    ([key]) => !keptByOthers.test(key),
  );
  return {
    ...(metadata.labels !== undefined && { labels: metadata.labels }),
    ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }),
  };
}

function imagesBefore(live: KubeObject, change: KubeObject): KubeObject {
  const before = structuredClone(change);
  restoreStamp(before.metadata, deployIdOf(live));
  if (!isWorkload(before)) return before;
  restoreStamp(recordOf(at(before, 'spec', 'template', 'metadata')), templateDeployIdOf(live));
  const podSpec = recordOf(at(live, 'spec', 'template', 'spec'));
  for (const container of containersOf(recordOf(at(before, 'spec', 'template', 'spec')))) {
    const was = [...listOf(podSpec.initContainers), ...listOf(podSpec.containers)].find(
      ({ name }) => name === container.name,
    );
    container.image = textOf(was?.image);
  }
  return before;
}

function restoreStamp(metadata: JsonObject, deployId: string | null): void {
  metadata.annotations = deployId === null ? {} : { [deployIdAnnotation]: deployId };
}
