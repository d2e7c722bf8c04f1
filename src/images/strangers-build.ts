import { randomUUID } from 'node:crypto';

/** A comment in either form that BuildKit reads, wherever it is: more than BuildKit itself looks at. */
const syntaxLine = /^[\s\u0085]*(?:#|\/\/)[\s\u0085]*syntax[\s\u0085]*=[\s\u0085]*(\S+)/gimu;
const usualFrontend = /^(?:docker\.io\/)?docker\/dockerfile(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$/;

/**
 * A frontend is a program that tells the builder which images to read and which caches to mount: that of a stranger would
 * tell it of ours.
 * @returns why a Dockerfile of somebody who may not see what we can is not built; null: it may be
 */
export function strangersFrontend(dockerfile: string): string | null {
  const named = [...dockerfile.matchAll(syntaxLine)].map(([, frontend = '']) => frontend);
  const strange = named.find((frontend) => !usualFrontend.test(frontend));
  // BuildKit takes it out of JSON too.
  const isJson = /^(?:#!.*)?[\s\u0085]*\{/u.test(dockerfile);
  if (strange === undefined && !isJson) return null;
  return `for a request of a fork the Dockerfile may name no syntax but docker/dockerfile${strange === undefined ? '' : `, and it names ${strange}`}`;
}

/**
 * What the engine has pulled with our logins, or built for others, is not taken, whatever names it; and what such a build
 * leaves in its cache mounts is found by no other one.
 */
export function strangersQuery(args: Readonly<Record<string, string>>) {
  return { pull: '1', buildargs: { ...args, BUILDKIT_CACHE_MOUNT_NS: randomUUID() } };
}
