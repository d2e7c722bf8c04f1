import type { RegistryAnswer } from '../../domain/registry-answer.ts';
import { textOf } from '../json-reading.ts';
import type { RegistryAsker } from '../registry-asker.ts';
import type { Api } from './api.ts';
import type { KubeObject } from './objects.ts';
import { containerViews } from './pods.ts';
import { type PullSecret, readPullSecrets } from './pull-secrets.ts';

/** What a registry says of an image that a node could not pull. */
export interface PullFacts {
  image: string;
  host: string;
  secrets: PullSecret[];
  /** To whom it said what; null: it was not asked so. */
  answers: { secret: RegistryAnswer | null; own: RegistryAnswer | null; nobody: RegistryAnswer | null };
}

/**
 * Asks the registry itself: with the pod's own pull secret, with the account of the server's config, and with none.
 * @returns null: the registry is none that the server's config knows
 */
export async function inquire(
  place: { api: Api; namespace: string; asker: RegistryAsker },
  { pod, container }: { pod: KubeObject; container: string | null },
  signal: AbortSignal,
): Promise<PullFacts | null> {
  const image = textOf(containerViews(pod).find(({ name }) => name === container)?.spec.image);
  const host = place.asker.hostOf(image);
  if (host === null) return null;
  const { ask } = place.asker;
  const withSecret = async () => {
    const secrets = await readPullSecrets({ ...place, pod }, host, signal);
    const account = secrets.find(({ state }) => state === 'covers')?.account ?? null;
    return { secrets, secret: account === null ? null : await ask(image, account, signal) };
  };
  const [{ secrets, secret }, own, nobody] = await Promise.all([
    withSecret(),
    ask(image, 'own', signal),
    ask(image, 'nobody', signal),
  ]);
  return { image, host, secrets, answers: { secret, own, nobody } };
}
