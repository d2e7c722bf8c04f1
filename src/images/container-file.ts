import type { DockerConnection } from '../docker/docker-connection.ts';
import { containerEntries } from './container-entries.ts';

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
  for await (const { type, bytes, content } of containerEntries(connection, { container, path }, signal)) {
    if (type !== 'file') return { kind: 'no-file' };
    if (bytes > mostBytes) return { kind: 'too-large' };
    return { kind: 'file', bytes: Buffer.concat(await Array.fromAsync(content)) };
  }
  return { kind: 'none' };
}
