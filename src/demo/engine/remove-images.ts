import { type DockerConnection, statusOf } from '../../docker/docker-connection.ts';

/** Takes the images of this name away from an engine that others use too. One that is still in use stays. */
export async function removeImages(connection: DockerConnection, name: string): Promise<void> {
  const filters = { reference: [name] };
  const images = await connection.ask((docker) => docker.listImages({ filters }));
  for (const { Id } of images) {
    await connection.ask((docker) => docker.getImage(Id).remove({ force: true })).catch(ignoreUsed);
  }
}

function ignoreUsed(error: unknown): void {
  if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
}
