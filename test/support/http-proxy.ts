import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { Agent, request as tlsRequest } from 'node:https';
import { freePort } from './free-port.ts';
import { meetTrouble, strikeAnswer, type TroubleKind } from './http-trouble.ts';

export type HttpTarget = {
  url: string;
  /** Trust and identity towards an https server. */
  tls?: { ca: string; cert: string; key: string };
};

/** A request on its way: its method, its path with the query, and what the target has answered. */
export type ProxiedRequest = { method: string; path: string; status?: number };

export type Hold = {
  /** Resolves when a request is held. */
  reached: Promise<ProxiedRequest>;
  /** Lets it go on. */
  release(): void;
};

export type HttpProxy = AsyncDisposable & {
  /** 127.0.0.1:PORT, plain HTTP. */
  host: string;
  /** All that came, in order. */
  requests: ProxiedRequest[];
  /**
   * Holds the first request for which `matches` is true: before the target sees it, or once it has answered and before
   * the asker learns of it. A held request whose asker has gone is dropped.
   */
  hold(matches: (request: ProxiedRequest) => boolean, point?: 'request' | 'answer'): Hold;
  /** As if the target had gone: connections break, new ones are refused. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  /** From now on, and to what is under way. */
  begin(trouble: TroubleKind): Promise<void>;
  /** What the trouble has left hanging is broken off. */
  endTrouble(): Promise<void>;
};

/** Stands in front of a real server on loopback, so that a test can stop the time between the two, or cut them off. */
export async function startHttpProxy(target: HttpTarget): Promise<HttpProxy> {
  const port = await freePort();
  const requests: ProxiedRequest[] = [];
  const holds = new Set<PendingHold>();
  const underWay = new Map<ServerResponse, ProxiedRequest>();
  let trouble: TroubleKind | undefined;
  const agent = target.tls && new Agent({ ...target.tls, keepAlive: true });
  const handle = async (incoming: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const proxied: ProxiedRequest = { method: incoming.method ?? '', path: incoming.url ?? '' };
    requests.push(proxied);
    underWay.set(answer, proxied);
    answer.once('close', () => underWay.delete(answer));
    if (trouble !== undefined && meetTrouble(trouble, proxied.path, answer)) return;
    const hold = [...holds].find(({ matches }) => matches(proxied));
    if (hold !== undefined) holds.delete(hold);
    if (hold?.point === 'request') await hold.stay(proxied);
    if (answer.destroyed) return;
    const outgoing = forward(target, agent, incoming);
    answer.once('close', () => outgoing.destroy());
    outgoing.once('error', () => answer.destroy());
    outgoing.once('response', async (from) => {
      proxied.status = from.statusCode ?? 0;
      if (hold?.point === 'answer') await hold.stay(proxied);
      if (answer.destroyed || trouble === 'silent') return;
      answer.writeHead(from.statusCode ?? 502, from.rawHeaders);
      // The head of a watch must arrive before its first event.
      answer.flushHeaders();
      from.once('error', () => answer.destroy()).pipe(answer);
    });
  };
  let server = await listen(handle, port);
  return {
    host: `127.0.0.1:${port}`,
    requests,
    hold(matches, point = 'request') {
      const hold = pendingHold(matches, point);
      holds.add(hold);
      return { reached: hold.reached, release: hold.release };
    },
    cut: () => close(server),
    async restore() {
      server = await listen(handle, port);
    },
    async begin(kind) {
      trouble = kind;
      for (const [answer, { path }] of underWay) strikeAnswer(kind, path, answer);
      if (kind === 'refused') await close(server);
    },
    async endTrouble() {
      const kind = trouble;
      trouble = undefined;
      if (kind === 'silent') for (const answer of underWay.keys()) answer.destroy();
      if (kind === 'refused') server = await listen(handle, port);
    },
    async [Symbol.asyncDispose]() {
      await close(server);
      agent?.destroy();
    },
  };
}

function forward(target: HttpTarget, agent: Agent | undefined, incoming: IncomingMessage) {
  const url = new URL(incoming.url ?? '/', target.url);
  const send = agent === undefined ? request : tlsRequest;
  const outgoing = send(url, { agent, method: incoming.method, headers: incoming.headers });
  incoming.pipe(outgoing);
  return outgoing;
}

type PendingHold = ReturnType<typeof pendingHold>;

function pendingHold(matches: (request: ProxiedRequest) => boolean, point: 'request' | 'answer') {
  const reached = Promise.withResolvers<ProxiedRequest>();
  const released = Promise.withResolvers<void>();
  return {
    matches,
    point,
    reached: reached.promise,
    release: () => released.resolve(),
    stay(proxied: ProxiedRequest): Promise<void> {
      reached.resolve(proxied);
      return released.promise;
    },
  };
}

function listen(handle: (incoming: IncomingMessage, answer: ServerResponse) => Promise<void>, port: number) {
  return new Promise<Server>((resolve, reject) => {
    const server = createServer((incoming, answer) => void handle(incoming, answer)).once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
