import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { startServerProcess } from './server-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

export type Prometheus = AsyncDisposable & { url: string };

/** Where a pod answers with its metrics. */
export interface Scraped {
  pod: string;
  address: string;
}

/**
 * A Prometheus of its own, on loopback, that scrapes every other second. What it scrapes, it asks again and again: Debian's
 * has no discovery of Kubernetes in it.
 */
export async function startPrometheus(
  targets: () => Promise<Scraped[]> = async () => [],
): Promise<Prometheus> {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(await temporaryFolder());
  const discovery = resources.use(await startDiscovery(targets));
  const port = await freePort();
  const config = join(folder.path, 'prometheus.yml');
  await writeFile(config, JSON.stringify({ global, scrape_configs: [podsFrom(discovery.url)] }));
  const url = `http://127.0.0.1:${port}`;
  const server = await startServerProcess({
    name: 'prometheus',
    command: 'prometheus',
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder.path, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    isReady: async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok ?? false,
  });
  resources.defer(() => server.stop());
  const owned = resources.move();
  return { url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const global = { scrape_interval: '2s', scrape_timeout: '2s' };

function podsFrom(url: string) {
  return { job_name: 'pods', http_sd_configs: [{ url, refresh_interval: '1s' }] };
}

async function startDiscovery(targets: () => Promise<Scraped[]>) {
  const server = createServer((_, answer) => {
    targets().then(
      (found) => {
        const groups = found.map(({ pod, address }) => ({ targets: [address], labels: { pod } }));
        answer.setHeader('content-type', 'application/json').end(JSON.stringify(groups));
      },
      () => answer.writeHead(500).end(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
