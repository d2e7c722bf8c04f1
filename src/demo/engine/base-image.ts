import { spawn } from 'node:child_process';
import { copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type DockerConnection, statusOf } from '../../docker/docker-connection.ts';
import { Fault } from '../../domain/fault.ts';
import type { Tools } from '../setup/run-tool.ts';

export const baseImage = 'trunkline-demo/base:1';

export interface BaseImageSource {
  connection: DockerConnection;
  /** A busybox that needs no libraries. */
  busybox: string;
  /** Made and removed again. */
  scratch: string;
  tools: Tools;
}

/** Gives the engine an image with a shell and a web server in it, without pulling anything. */
export async function ensureBaseImage(source: BaseImageSource, signal: AbortSignal): Promise<void> {
  if (await hasImage(source.connection)) return;
  try {
    await writeRoot(source);
    await importRoot(source, signal);
  } finally {
    await rm(source.scratch, { recursive: true, force: true });
  }
}

async function hasImage(connection: DockerConnection): Promise<boolean> {
  try {
    await connection.ask((docker) => docker.getImage(baseImage).inspect());
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}

async function writeRoot({ busybox, scratch, tools }: BaseImageSource): Promise<void> {
  await rm(scratch, { recursive: true, force: true });
  for (const folder of ['bin', 'etc', 'root']) await mkdir(join(scratch, folder), { recursive: true });
  await mkdir(join(scratch, 'tmp'), { mode: 0o1777 });
  await copyFile(busybox, join(scratch, 'bin/busybox'));
  const listed = await tools({ what: 'Listing what busybox can', command: busybox, args: ['--list'] });
  const names = listed.split('\n').filter((name) => name !== '' && name !== 'busybox');
  await Promise.all(names.map((name) => symlink('busybox', join(scratch, 'bin', name))));
  await writeFile(join(scratch, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  await writeFile(join(scratch, 'etc/group'), 'root:x:0:\n');
}

async function importRoot({ connection, scratch }: BaseImageSource, signal: AbortSignal): Promise<void> {
  const archive = spawn('tar', ['-C', scratch, '--owner=0', '--group=0', '-c', '.'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    signal,
  });
  archive.on('error', () => undefined);
  const [repo, tag] = baseImage.split(':');
  const answer = await connection.dial({
    method: 'POST',
    path: '/images/create',
    query: { fromSrc: '-', repo, tag, changes: ['ENV PATH=/bin', 'CMD ["/bin/sh"]'] },
    body: archive.stdout,
    signal,
  });
  const said = await text(answer);
  if (answer.statusCode === 200 && !said.includes('"error"')) return;
  throw new Fault('docker-unreachable', `Importing the base image failed: ${said.trim()}`);
}
