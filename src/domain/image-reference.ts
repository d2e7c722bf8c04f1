/** `registry.example.com:5000/shop/cart:1@sha256:...`, taken apart by the Docker reference grammar. */
export interface ImageReference {
  /** With port, lower case; null: none is written. */
  host: string | null;
  /** `shop/cart` */
  name: string;
  tag: string | null;
  /** `sha256:` and 64 hex digits. */
  digest: string | null;
}

const imageNamePattern =
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
export const imageTagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const digestPattern = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/;
const hostPattern =
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:]+\])(?::\d{1,5})?$/;

/** Docker's rule: the first part is a host when it has a dot or a colon or is `localhost`. */
const partsPattern =
  /^(?:(?<host>[^/@]*[.:][^/@]*|localhost)\/)?(?<name>[^:@]+)(?::(?<tag>[^:@]+))?(?:@(?<digest>[^@]+))?$/;

/** @returns null when the text is no image reference */
export function parseImageReference(text: string): ImageReference | null {
  const { host = null, name = '', tag = null, digest = null } = partsPattern.exec(text)?.groups ?? {};
  const isValid =
    text.length <= 512 &&
    (host === null || isRegistryHost(host.toLowerCase())) &&
    isImageName(name) &&
    (tag === null || imageTagPattern.test(tag)) &&
    (digest === null || digestPattern.test(digest));
  return isValid ? { host: host?.toLowerCase() ?? null, name, tag, digest } : null;
}

/** What is wrong with a text that is no image reference, as far as it can be told, or null. */
export function imageReferenceHint(text: string): string | null {
  const scheme = /^[a-z]+:\/\//i.exec(text)?.[0];
  if (scheme !== undefined) return `leave out ${scheme}`;
  if (/@(?!sha256:[0-9a-f]{64}$)/.test(text)) return 'a digest is sha256: and 64 hex digits';
  if (/\s/.test(text)) return 'it has no spaces in it';
  if (/:[^/]*:[^/]*$|:$/.test(text)) return 'a name, and one tag after one colon: node:24';
  const lower = text.toLowerCase();
  return parseImageReference(lower) === null ? null : `lower case: ${lower}`;
}

export function formatImageReference(reference: ImageReference): string {
  const host = reference.host === null ? '' : `${reference.host}/`;
  const tag = reference.tag === null ? '' : `:${reference.tag}`;
  const digest = reference.digest === null ? '' : `@${reference.digest}`;
  return `${host}${reference.name}${tag}${digest}`;
}

/** `shop/cart`: path components by the Docker grammar, without host, tag and digest. */
export function isImageName(text: string): boolean {
  return text.length <= 255 && imageNamePattern.test(text);
}

/** True for `host`, `host:port`, `[::1]:port`, in lower case, without scheme or path. */
export function isRegistryHost(text: string): boolean {
  return text.length <= 255 && hostPattern.test(text);
}

/**
 * Whether a container of a manifest means an image that a build step made: the same name, with or without the
 * host of one of our registries, whatever tag or digest.
 */
export function sameImageName(
  manifestImage: string,
  builtName: string,
  registryHosts: readonly string[],
): boolean {
  const reference = parseImageReference(manifestImage);
  if (reference === null || reference.name !== builtName) return false;
  return reference.host === null || registryHosts.some((host) => host.toLowerCase() === reference.host);
}
