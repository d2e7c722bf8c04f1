import type { DockerConnection } from '../docker/docker-connection.ts';
import type { ReportProgress } from '../domain/step-progress.ts';
import type { BaseImages } from './base-images.ts';
import { inspectImage, type LocalImage, pullImage } from './pull-image.ts';
import { parseFullImageReference, type Registries } from './registries.ts';

interface Fetch {
  bases: BaseImages;
  write: (text: string) => void;
  report?: ReportProgress | undefined;
  isUntrusted?: boolean;
}

/**
 * Makes sure that the engine has what a build is based on, each image pulled with the credentials of its own host:
 * the builder then needs none, and cannot hand them to another host.
 * @returns the labels that name the base, or why an image cannot be had
 */
export async function fetchBaseImages(
  tools: { connection: DockerConnection; registries: Registries },
  { bases, write, report, isUntrusted = false }: Fetch,
  signal: AbortSignal,
): Promise<{ labels: Record<string, string> } | { unavailable: string }> {
  const needed = bases.frontend === null ? bases.images : [bases.frontend, ...bases.images];
  let labels = {};
  const puller = isUntrusted ? { ...tools, registries: tools.registries.anonymous() } : tools;
  for (const name of needed) {
    let image = await inspectImage(tools.connection, name, signal);
    // That the engine has it does not say that anybody may.
    if (image === undefined || (isUntrusted && isGuarded(tools.registries, name))) {
      write(`pulling ${name}\n`);
      const pulled = await pullImage(puller, { image: name, report }, signal);
      if (pulled.kind === 'unavailable') return { unavailable: pulled.reason };
      image = await inspectImage(tools.connection, name, signal);
    }
    if (name === bases.base) labels = baseLabels(name, image);
  }
  return { labels };
}

/** Whether its registry gives it, or other images, only to who logs in. */
function isGuarded(registries: Registries, name: string): boolean {
  const reference = parseFullImageReference(name);
  return reference !== null && registries.at(reference.host).credentials !== null;
}

function baseLabels(name: string, image: LocalImage | undefined): Record<string, string> {
  const digest = image?.digest ?? null;
  return {
    'org.opencontainers.image.base.name': name,
    ...(digest === null ? {} : { 'org.opencontainers.image.base.digest': digest }),
  };
}
