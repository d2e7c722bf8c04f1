import type { RegistryConfig } from '../config/server-config.ts';
import { Fault } from '../domain/fault.ts';
import { parseAuthChallenges } from './auth-challenge.ts';
import type { RegistryHttp, RegistryRequest, RegistryResponse } from './registry-http.ts';

/** Sends a request for a scope such as `repository:shop/cart:pull`. */
export type AuthorizedHttp = (
  request: RegistryRequest,
  scope: string,
  signal: AbortSignal,
) => Promise<RegistryResponse>;

interface Token {
  header: string;
  expiresAt: number;
}

/** What the specification says a token lives when its answer does not. */
const defaultTokenSeconds = 60;
const renewEarlyMs = 5_000;

/**
 * Sends requests with what the registry asks for: Basic, or a bearer token of its token service, kept per scope until
 * it expires. Credentials go to the registry's own origin and to the token service that it names, nowhere else.
 * @returns a sender; it throws Fault `registry-denied` (not retryable) on 401 and 403, `registry-unreachable` on 429 and 5xx
 */
export function createAuthorizedHttp(registry: RegistryConfig, http: RegistryHttp): AuthorizedHttp {
  const tokens = new Map<string, Token>();

  return async (request, scope, signal) => {
    const known = tokens.get(scope);
    const header = known !== undefined && known.expiresAt > Date.now() ? known.header : undefined;
    const first = await http(withAuthorization(request, header), signal);
    if (first.status !== 401) return settled(registry, first);

    const token = await answerChallenge({ registry, http, refused: first, scope }, signal);
    tokens.set(scope, token);
    return settled(registry, await http(withAuthorization(request, token.header), signal));
  };
}

interface Challenged {
  registry: RegistryConfig;
  http: RegistryHttp;
  refused: RegistryResponse;
  scope: string;
}

async function answerChallenge(challenged: Challenged, signal: AbortSignal): Promise<Token> {
  const { registry, refused } = challenged;
  const challenges = parseAuthChallenges(refused.headers['www-authenticate'] ?? '');
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer?.parameters.realm !== undefined) return fetchToken(challenged, bearer.parameters, signal);
  const basic = basicHeader(registry);
  if (basic === undefined || !challenges.some(({ scheme }) => scheme === 'basic')) throw denied(registry);
  return { header: basic, expiresAt: Number.POSITIVE_INFINITY };
}

async function fetchToken(
  { registry, http, refused, scope }: Challenged,
  { realm = '', service }: Record<string, string>,
  signal: AbortSignal,
): Promise<Token> {
  const url = new URL(realm, refused.url);
  if (url.protocol !== 'https:' && refused.url.protocol === 'https:') {
    throw new Fault(
      'registry-denied',
      `the registry ${registry.host} names a token service without encryption`,
      {
        hint: `Correct the registry: its realm is ${url.origin}`,
        isRetryable: false,
      },
    );
  }
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', scope);
  const basic = basicHeader(registry);
  const request = withAuthorization({ method: 'GET', url: url.href }, basic);
  const response = settled(registry, await http(request, signal));
  const { token, access_token = token, expires_in = defaultTokenSeconds } = parseTokenAnswer(response);
  if (response.status !== 200 || access_token === undefined) throw denied(registry);
  return { header: `Bearer ${access_token}`, expiresAt: Date.now() + expires_in * 1000 - renewEarlyMs };
}

interface TokenAnswer {
  token?: string;
  access_token?: string;
  expires_in?: number;
}

function parseTokenAnswer({ body }: RegistryResponse): TokenAnswer {
  try {
    return JSON.parse(body.toString()) as TokenAnswer;
  } catch {
    return {};
  }
}

function withAuthorization(request: RegistryRequest, authorization: string | undefined): RegistryRequest {
  if (authorization === undefined) return request;
  return { ...request, headers: { ...request.headers, authorization } };
}

function basicHeader({ credentials }: RegistryConfig): string | undefined {
  if (credentials === null) return undefined;
  const pair = `${credentials.username}:${credentials.password.reveal()}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function settled(registry: RegistryConfig, response: RegistryResponse): RegistryResponse {
  if (response.status === 401 || response.status === 403) throw denied(registry);
  if (response.status === 429 || response.status >= 500) {
    throw new Fault('registry-unreachable', `the registry ${registry.host} answered ${response.status}`, {
      hint:
        response.status === 429
          ? 'It limits the number of requests; wait'
          : `Look into the log of ${registry.host}`,
    });
  }
  return response;
}

function denied({ host, name, credentials }: RegistryConfig): Fault {
  if (credentials === null) {
    return new Fault(
      'registry-denied',
      `the registry ${host} asks for credentials, and none are configured for it`,
      {
        hint: `Add credentials for ${host} under registries in the server's config`,
        isRetryable: false,
      },
    );
  }
  return new Fault('registry-denied', `the registry ${host} refused the credentials "${credentials.name}"`, {
    hint: `Check credentials.${credentials.name} in the server's config, and what registry ${name} allows them`,
    isRetryable: false,
  });
}
