import type { JsonObject } from '../../domain/json.ts';
import { suggest } from '../../domain/suggestion.ts';
import { chosenImages } from '../built-images.ts';
import {
  isRefusal,
  type PlanRequest,
  type Refusal,
  type StoredSource,
  type WorkloadSource,
} from '../cluster.ts';
import { at, listOf, recordOf, textOf } from '../json-reading.ts';
import { withContentNames } from './content-names.ts';
import { placeDigests } from './digests.ts';
import { objectionsTo } from './guard.ts';
import { readManifests } from './manifests.ts';
import { noWorkload } from './no-workload.ts';
import { containersOf, isImageChange, isKubeObject, isWorkload, type KubeObject } from './objects.ts';
import { rolledOutIn } from './planned-workloads.ts';
import { withPortProtocols } from './port-protocols.ts';
import { withQuantityTexts } from './quantity-text.ts';
import { stamped } from './stamp.ts';

/** The objects of a manifest set as they will be applied: checked, with digests, stamped, workloads last. */
export function renderManifests(request: PlanRequest, namespace: string): KubeObject[] | Refusal {
  if (request.source.kind !== 'manifests') return { refusal: 'no manifests' };
  const objects = readManifests(request.source.files);
  if (isRefusal(objects)) return objects;
  const [objection, ...more] = objects.flatMap((object) => objectionsTo(object, namespace));
  if (objection !== undefined) return { refusal: objection, details: more };
  if (rolledOutIn(objects).length === 0) {
    return { refusal: noWorkload(objects) };
  }
  const placed = placeDigests(withContentNames(objects), request);
  if (isRefusal(placed)) return placed;
  const rendered = placed
    .map(withPortProtocols)
    .map(withQuantityTexts)
    .map((object) => stamped(object, { ...request, isManaged: true }));
  return [...rendered.filter((object) => !isWorkload(object)), ...rendered.filter(isWorkload)];
}

/** The objects of an earlier deployment, as this one's. */
export function renderStored(request: PlanRequest, { objects }: StoredSource): KubeObject[] {
  const known = objects.filter(isKubeObject).filter((object) => object.kind !== 'Secret');
  const rendered = known.map((object) => stamped(object, { ...request, isManaged: !isImageChange(object) }));
  return [...rendered.filter((object) => !isWorkload(object)), ...rendered.filter(isWorkload)];
}

/** Only the images of a live workload, as an apply that says nothing about anything else. */
export function renderImages(
  request: PlanRequest,
  source: WorkloadSource,
  live: KubeObject,
): KubeObject | Refusal {
  const images = chosenImages(source, request.images);
  if (isRefusal(images)) return images;
  const podSpec = recordOf(at(live, 'spec', 'template', 'spec'));
  const known = containersOf(podSpec).map((container) => textOf(container.name));
  const missing = Object.keys(source.containers).find((container) => !known.includes(container));
  if (missing !== undefined) {
    const name = `${source.workload.kind}/${source.workload.name}`;
    return { refusal: `${name} has no container ${missing}; ${suggest(missing, known) ?? 'it has none'}` };
  }
  const spec: JsonObject = {};
  for (const list of ['initContainers', 'containers']) {
    const changed = listOf(podSpec[list])
      .map((container) => ({ name: textOf(container.name), image: images[textOf(container.name)] ?? '' }))
      .filter((container) => container.image !== '');
    if (changed.length > 0) spec[list] = changed;
  }
  const object: KubeObject = {
    apiVersion: live.apiVersion,
    kind: live.kind,
    metadata: { name: live.metadata.name },
    spec: { template: { spec } },
  };
  return stamped(object, { ...request, isManaged: false });
}
