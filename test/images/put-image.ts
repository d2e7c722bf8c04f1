import { createHash, randomUUID } from 'node:crypto';
import { expect } from 'vitest';

export const imageType = 'application/vnd.docker.distribution.manifest.v2+json';

interface Account {
  username: string;
  password: string;
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Puts an image of one empty configuration into a registry, over plain HTTP. */
export async function putImage(
  host: string,
  { repository, tag, account }: { repository: string; tag: string; account: Account },
): Promise<{ digest: string; config: string }> {
  const headers = { authorization: `Basic ${btoa(`${account.username}:${account.password}`)}` };
  const config = Buffer.from(JSON.stringify({ id: randomUUID() }));
  const begun = await fetch(`http://${host}/v2/${repository}/blobs/uploads/`, { method: 'POST', headers });
  const upload = new URL(begun.headers.get('location') ?? '');
  upload.searchParams.set('digest', digestOf(config));
  await fetch(upload, { method: 'PUT', headers, body: config });
  const manifest = {
    schemaVersion: 2,
    mediaType: imageType,
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      digest: digestOf(config),
      size: config.length,
    },
    layers: [],
  };
  const body = Buffer.from(JSON.stringify(manifest));
  const url = `http://${host}/v2/${repository}/manifests/${tag}`;
  const put = await fetch(url, { method: 'PUT', headers: { ...headers, 'content-type': imageType }, body });
  expect(put.status).toBe(201);
  return { digest: digestOf(body), config: digestOf(config) };
}
