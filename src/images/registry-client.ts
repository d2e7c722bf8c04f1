import { createHash } from 'node:crypto';
import type { Credentials, RegistryConfig } from '../config/server-config.ts';
import { Fault } from '../domain/fault.ts';
import { type AuthorizedHttp, createAuthorizedHttp } from './registry-auth.ts';
import { createRegistryHttp, type RegistryRequest, type RegistryResponse } from './registry-http.ts';

/** A manifest or an index, byte for byte as the registry has it. */
export interface Manifest {
  /** `sha256:...` of the bytes. */
  digest: string;
  mediaType: string;
  bytes: Buffer;
  /** The image's id, as a Docker engine knows it; null for an index. */
  configDigest: string | null;
}

/**
 * One registry host over the Distribution API v2. `repository` is a name without host, `reference` a tag or a digest.
 * Every call has a deadline, is safe to repeat and throws Fault: `registry-unreachable` (retryable: no answer, 429,
 * 5xx) or `registry-denied` (not retryable).
 */
export interface RegistryClient {
  readonly host: string;
  readonly credentials: Credentials | null;
  /** The digest of a manifest, confirmed by the registry; undefined when it does not exist. */
  digestOf(repository: string, reference: string, signal: AbortSignal): Promise<string | undefined>;
  manifest(repository: string, reference: string, signal: AbortSignal): Promise<Manifest | undefined>;
  /** Puts an existing manifest under a further tag; the digest stays the same. */
  tag(repository: string, target: { tag: string; manifest: Manifest }, signal: AbortSignal): Promise<void>;
  /** Every tag, page by page; none for an unknown repository. */
  tags(repository: string, signal: AbortSignal): AsyncGenerator<string>;
  /** Deletes a manifest and with it every tag that names it. @returns false when it did not exist */
  remove(repository: string, digest: string, signal: AbortSignal): Promise<boolean>;
  /** Begins an upload and drops it. @throws Fault `registry-denied` when these credentials may not push */
  confirmPush(repository: string, signal: AbortSignal): Promise<void>;
}

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const tagsPerPage = 200;

export function createRegistryClient(registry: RegistryConfig): RegistryClient {
  const { host, credentials } = registry;
  const send = createAuthorizedHttp(registry, createRegistryHttp(registry));

  async function manifest(
    name: string,
    reference: string,
    signal: AbortSignal,
  ): Promise<Manifest | undefined> {
    const response = await send(manifestRequest('GET', name, reference), pulling(name), signal);
    return response.status === 404 ? undefined : readManifest(expectStatus(response, 200), reference);
  }

  return {
    host,
    credentials,
    manifest,
    async digestOf(repository, reference, signal) {
      const response = await send(
        manifestRequest('HEAD', repository, reference),
        pulling(repository),
        signal,
      );
      if (response.status === 404) return undefined;
      const digest = expectStatus(response, 200).headers['docker-content-digest'];
      return digest ?? (await manifest(repository, reference, signal))?.digest;
    },
    async tag(repository, { tag, manifest: { bytes, mediaType } }, signal) {
      const headers = { 'content-type': mediaType };
      const request = { ...manifestRequest('PUT', repository, tag), headers, body: bytes };
      expectStatus(await send(request, pushing(repository), signal), 201);
    },
    tags: (repository, signal) => listTags(send, repository, signal),
    async remove(repository, digest, signal) {
      const response = await send(
        manifestRequest('DELETE', repository, digest),
        deleting(repository),
        signal,
      );
      if (response.status === 405) throw deletionDisabled(host);
      return response.status !== 404 && expectStatus(response, 202) !== undefined;
    },
    confirmPush: (repository, signal) => confirmPush(send, repository, signal),
  };
}

const pulling = (repository: string) => `repository:${repository}:pull`;
const pushing = (repository: string) => `repository:${repository}:pull,push`;
const deleting = (repository: string) => `repository:${repository}:pull,push,delete`;

function manifestRequest(
  method: RegistryRequest['method'],
  repository: string,
  reference: string,
): RegistryRequest {
  return { method, url: `/v2/${repository}/manifests/${reference}`, headers: { accept: manifestTypes } };
}

async function* listTags(
  send: AuthorizedHttp,
  repository: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let url: string | undefined = `/v2/${repository}/tags/list?n=${tagsPerPage}`;
  while (url !== undefined) {
    const response: RegistryResponse = await send({ method: 'GET', url }, pulling(repository), signal);
    if (response.status === 404) return;
    yield* readTags(expectStatus(response, 200));
    url = nextPage(response);
  }
}

async function confirmPush(send: AuthorizedHttp, repository: string, signal: AbortSignal): Promise<void> {
  const begin: RegistryRequest = { method: 'POST', url: `/v2/${repository}/blobs/uploads/` };
  const { headers, url } = expectStatus(await send(begin, pushing(repository), signal), 202);
  const upload = headers.location === undefined ? undefined : new URL(headers.location, url);
  if (upload?.origin !== url.origin) return;
  await send({ method: 'DELETE', url: upload.href }, pushing(repository), signal);
}

function readManifest(response: RegistryResponse, reference: string): Manifest {
  const bytes = response.body;
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (reference.startsWith('sha256:') && reference !== digest) {
    throw new Fault(
      'registry-unreachable',
      `${response.url.host} answered other bytes than those of ${reference}`,
    );
  }
  const content = parseJson(response) as { mediaType?: string; config?: { digest?: string } };
  const mediaType = content.mediaType ?? response.headers['content-type'] ?? '';
  return { digest, mediaType, bytes, configDigest: content.config?.digest ?? null };
}

function readTags(response: RegistryResponse): string[] {
  const { tags } = parseJson(response) as { tags?: unknown };
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [];
}

/** Only pages of the same server: a link elsewhere would carry our credentials there. */
function nextPage({ headers, url }: RegistryResponse): string | undefined {
  const target = /<([^>]+)>\s*;[^,]*\brel="?next"?/i.exec(headers.link ?? '')?.[1];
  if (target === undefined) return undefined;
  const next = new URL(target, url);
  return next.origin === url.origin ? next.href : undefined;
}

function parseJson({ body, url }: RegistryResponse): object {
  try {
    const value: unknown = JSON.parse(body.toString());
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Told below, like any other answer that is no JSON object.
  }
  throw new Fault('registry-unreachable', `the answer of ${url.href} is not a JSON object`, {
    hint: `Check that ${url.host} is a registry`,
  });
}

function expectStatus(response: RegistryResponse, expected: number): RegistryResponse {
  if (response.status === expected) return response;
  const { host, pathname } = response.url;
  throw new Fault(
    'registry-unreachable',
    `the registry ${host} answered ${response.status} for ${pathname}`,
    {
      hint: `Check that ${host} is a registry that speaks the Distribution API v2`,
      isRetryable: false,
    },
  );
}

function deletionDisabled(host: string): Fault {
  return new Fault('registry-denied', `the registry ${host} does not allow images to be deleted`, {
    hint: 'Enable deletion in its configuration',
    isRetryable: false,
  });
}
