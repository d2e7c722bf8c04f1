import type { Secret } from './secret.ts';

/**
 * What a registry says of an image: it has it; it has none; it refuses whoever asks; it says nothing, or nothing that
 * could be understood.
 */
export type RegistryAnswer = 'there' | 'missing' | 'refused' | 'silent';

export interface RegistryAccount {
  username: string;
  password: Secret;
}
