import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type DockerConnection, engineMessage, statusOf } from '../docker/docker-connection.ts';
import { Fault } from '../domain/fault.ts';
import { packFolder } from './folder-archive.ts';

/**
 * Whether the engine sees our folders under the same paths. It does on the same machine; it does not when we run in a
 * container and the engine outside of it, or the engine is another machine: there it would mount an empty folder of
 * its own making. So it is asked to mount a folder that only we can have made, into a container of an image that
 * nobody has: it looks for the folder first, and makes nothing either way.
 * @param folder one of ours, beside the workspaces
 */
export async function seesOurFolders(connection: DockerConnection, folder: string): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  const mark = await mkdtemp(join(folder, 'seen-by-engine-'));
  try {
    await connection.ask((docker) =>
      docker.createContainer({
        Image: `trunkline-no-such-image:${randomUUID()}`,
        HostConfig: { Mounts: [{ Type: 'bind', Source: mark, Target: '/seen', ReadOnly: true }] },
      }),
    );
  } catch (error) {
    const status = statusOf(error);
    if (status === 404) return true;
    if (status === 400) return false;
    throw error;
  } finally {
    await rm(mark, { recursive: true, force: true });
  }
  throw new Fault(
    'docker-unreachable',
    `the Docker engine at ${connection.host} made a container of no image`,
  );
}

/** Puts a copy of a workspace into a container that has not been started, owned by root as its script will be. */
export async function copyWorkspace(
  connection: DockerConnection,
  { container, workspace }: { container: string; workspace: string },
  signal: AbortSignal,
): Promise<void> {
  const docker = await connection.lasting();
  try {
    const archive = packFolder(workspace, 'workspace');
    await docker.getContainer(container).putArchive(archive, { path: '/', abortSignal: signal });
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    const said = engineMessage(error);
    throw new Fault('docker-unreachable', `copying the workspace to the Docker engine failed: ${said}`, {
      cause: error,
    });
  }
}
