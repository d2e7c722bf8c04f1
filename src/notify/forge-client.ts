import type { StatusesConfig } from '../config/server-config.ts';
import { exchange, type HttpAnswer } from './exchange.ts';

export interface ForgeRequest {
  method: 'GET' | 'POST';
  /** Below the API's URL. */
  path: string;
  body?: Readonly<Record<string, string>>;
}

/** Sends one request, and throws only when `signal` aborts. */
export type AskForge = (request: ForgeRequest, signal: AbortSignal) => Promise<HttpAnswer>;

/** The API of one Git server. */
export function createForgeClient({ forge, token, api, ca }: StatusesConfig): AskForge {
  const authorization: Record<string, string> =
    forge === 'gitlab'
      ? { 'private-token': token.reveal() }
      : { authorization: `${forge === 'github' ? 'Bearer' : 'token'} ${token.reveal()}` };
  const headers = { ...authorization, accept: 'application/json', 'user-agent': 'trunkline' };
  return ({ method, path, body }, signal) =>
    exchange(
      {
        ...{ method, url: `${api}${path}`, headers, ca, hidden: [token] },
        body: body === undefined ? null : JSON.stringify(body),
      },
      signal,
    );
}
