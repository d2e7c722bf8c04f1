import { Secret } from '../domain/secret.ts';
import type { Environment } from './config-reading.ts';
import { given } from './overridable-settings.ts';

/** Where the client commands find their server, and as whom: TRUNKLINE_URL and TRUNKLINE_TOKEN. */
export interface ClientSettings {
  /** Without a closing slash; default: this machine's server on its default port. */
  url: string;
  token: Secret | null;
}

export function readClientSettings(environment: Environment): ClientSettings {
  const token = given(environment, 'TRUNKLINE_TOKEN');
  return {
    url: (given(environment, 'TRUNKLINE_URL') ?? `http://127.0.0.1:${defaultPort}`).replace(/\/+$/, ''),
    token: token === undefined ? null : new Secret(token),
  };
}

export const defaultPort = 7070;
