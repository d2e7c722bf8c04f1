import { suggest } from '../../domain/suggestion.ts';
import { builtImageFor, chosenImages, findDigestMissing, findUnused } from '../built-images.ts';
import {
  isRefusal,
  type ManifestSource,
  type PlanRequest,
  type Refusal,
  type WorkloadSource,
} from '../cluster.ts';
import { type ComposeProject, readCompose } from './compose-file.ts';
import { containerNameOf, nameOf, type Service, type ServiceSpec, withContainer } from './service.ts';
import { stamped } from './stamp.ts';

/** The services of a Compose project with the digests of built images in place. */
export function renderCompose(request: PlanRequest, source: ManifestSource): ComposeProject | Refusal {
  const project = readCompose(source.files);
  if (isRefusal(project)) return project;
  const services = Object.entries(project.services);
  if (services.length === 0)
    return { refusal: 'the Compose files hold no services: there is nothing to roll out' };
  const written = services.map(([, { image }]) => image);
  const unused = findUnused(request.images, written);
  if (unused !== undefined) return unused;
  const placed = services.map(([name, service]) => {
    const image = builtImageFor(service.image, request.images)?.reference ?? service.image;
    return { name, service: { ...service, image } };
  });
  const images = placed.map(({ name, service }) => ({
    where: `container ${name} of service/${name}`,
    image: service.image,
  }));
  const missing = request.requireDigests ? findDigestMissing(images) : undefined;
  if (missing !== undefined) return missing;
  return { ...project, services: Object.fromEntries(placed.map(({ name, service }) => [name, service])) };
}

/** An existing service with another image and nothing else. */
export function renderImage(
  request: PlanRequest,
  source: WorkloadSource,
  live: Service,
): ServiceSpec | Refusal {
  const images = chosenImages(source, request.images);
  if (isRefusal(images)) return images;
  const container = containerNameOf(live.spec);
  const unknown = Object.keys(images).find((name) => name !== container && name !== live.spec.Name);
  if (unknown !== undefined) {
    const hint = suggest(unknown, [container]) ?? '';
    return { refusal: `${nameOf(live.spec)} has no container ${unknown}; ${hint}` };
  }
  const [image = ''] = Object.values(images);
  return stamped(withContainer(live.spec, { Image: image }), request);
}
