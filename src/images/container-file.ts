import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import type { DockerConnection } from '../docker/docker-connection.ts';
import { Fault } from '../domain/fault.ts';

/** A file of a container's: its bytes, or why they are not to be had. */
export type ContainerFile =
  | { kind: 'file'; bytes: Buffer }
  | { kind: 'none' }
  | { kind: 'no-file' }
  | { kind: 'too-large' };

export interface FileWish {
  /** Absolute. A link is not followed. */
  path: string;
  mostBytes: number;
}

/** Reads a file out of a container, which need not run any more. Nothing larger than `mostBytes` is fetched. */
export async function readContainerFile(
  connection: DockerConnection,
  { container, path, mostBytes }: FileWish & { container: string },
  signal: AbortSignal,
): Promise<ContainerFile> {
  const archive = await connection.dial({
    method: 'GET',
    path: `/containers/${container}/archive`,
    query: { path },
    signal,
  });
  if (archive.statusCode === 404) {
    archive.resume();
    return { kind: 'none' };
  }
  if (archive.statusCode !== 200) {
    const said = (await text(archive)).trim();
    throw new Fault('docker-unreachable', `the Docker engine did not give ${path} of a container: ${said}`);
  }
  const unpacked = extract();
  // Its errors come out of the loop below.
  pipeline(archive, unpacked).catch(() => undefined);
  for await (const entry of unpacked) {
    if (entry.header.type !== 'file') return { kind: 'no-file' };
    if ((entry.header.size ?? 0) > mostBytes) return { kind: 'too-large' };
    return { kind: 'file', bytes: await buffer(entry) };
  }
  return { kind: 'none' };
}
