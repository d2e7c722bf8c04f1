import type { RegistryAccount, RegistryAnswer } from '../domain/registry-answer.ts';

/**
 * Asks a registry about an image without a node in between. Only registries of the server's config are ever asked:
 * what a manifest names is nobody's choice of an address to call.
 */
export interface RegistryAsker {
  /** The host in front of an image's name, as pull secrets call it; null: the server's config does not know it. */
  hostOf(image: string): string | null;
  /**
   * @param as with which account: the one that the server's config has for it, somebody else's, or none
   * @returns null: that registry is not asked, or there is no such account
   */
  ask(
    image: string,
    as: 'own' | 'nobody' | RegistryAccount,
    signal: AbortSignal,
  ): Promise<RegistryAnswer | null>;
}
