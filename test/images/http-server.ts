import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

export type HttpServer = AsyncDisposable & {
  /** 127.0.0.1:PORT */
  host: string;
  /** Every request that came, in order. */
  requests: IncomingMessage[];
};

/** A server on loopback for answers that no real registry or engine can be made to give. */
export async function httpServer(listener: RequestListener): Promise<HttpServer> {
  const requests: IncomingMessage[] = [];
  return listen(createServer(recording(listener, requests)), requests);
}

/** The same over https; `ca` is the file that makes its certificate good. */
export async function httpsServer(listener: RequestListener): Promise<HttpServer & { ca: string }> {
  const folder = await temporaryFolder();
  const [key, ca] = [join(folder.path, 'key.pem'), join(folder.path, 'ca.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const parameters = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  await runCommand('openssl', ['req', '-x509', ...parameters, ...subject, '-keyout', key, '-out', ca]);
  const requests: IncomingMessage[] = [];
  const certificate = { key: await readFile(key), cert: await readFile(ca) };
  const server = await listen(createSecureServer(certificate, recording(listener, requests)), requests);
  return {
    ...server,
    ca,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function recording(listener: RequestListener, requests: IncomingMessage[]): RequestListener {
  return (request, response) => {
    requests.push(request);
    listener(request, response);
  };
}

async function listen(server: Server, requests: IncomingMessage[]): Promise<HttpServer> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
