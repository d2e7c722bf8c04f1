import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import type { DockerConnection } from '../docker/docker-connection.ts';
import { Fault } from '../domain/fault.ts';

/** One thing in a container. Its content is to be read, if at all, before the next one is asked for. */
export interface ContainerEntry {
  /** Relative to the folder that contains what was asked for. */
  path: string;
  type: string;
  bytes: number;
  mode: number;
  modifiedAt: Date;
  /** Of a link. */
  linkname: string;
  content: AsyncIterable<Buffer>;
}

/**
 * A file of a container, or a folder and all in it; nothing where there is none. The container need not run any more.
 * Links come as links: the engine follows none, so that nothing of its own machine can come out.
 * @param where.path absolute
 */
export async function* containerEntries(
  connection: DockerConnection,
  { container, path }: { container: string; path: string },
  signal: AbortSignal,
): AsyncGenerator<ContainerEntry> {
  const archive = await connection.dial({
    method: 'GET',
    path: `/containers/${container}/archive`,
    query: { path },
    signal,
  });
  if (archive.statusCode === 404) {
    archive.resume();
    return;
  }
  if (archive.statusCode !== 200) {
    const said = (await text(archive)).trim();
    throw new Fault('docker-unreachable', `the Docker engine did not give ${path} of a container: ${said}`);
  }
  yield* unpackEntries(archive);
}

/** What is in a tar archive. @throws where it is broken */
export async function* unpackEntries(archive: Readable): AsyncGenerator<ContainerEntry> {
  const unpacked = extract();
  // Its errors come out of the loop below.
  pipeline(archive, unpacked).catch(() => undefined);
  for await (const entry of unpacked) {
    const { name, type, size, mode, mtime, linkname } = entry.header;
    const facts = {
      path: name.replace(/\/$/, ''),
      type: type ?? 'file',
      bytes: size ?? 0,
      mode: mode ?? 0o644,
      modifiedAt: mtime ?? new Date(0),
      linkname: linkname ?? '',
    };
    yield { ...facts, content: entry as AsyncIterable<Buffer> };
    entry.resume();
  }
}
