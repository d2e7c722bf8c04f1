import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PinnedFiles } from '../../src/config/fragment-reader.ts';
import { loadServerConfig } from '../../src/config/load-server-config.ts';
import { openCatalogue, type PipelineCatalogue } from '../../src/config/pipeline-catalogue.ts';
import type { ServerConfig } from '../../src/config/server-config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const serverFile = `
repositories: { shop: { svn: svn://svn.example.com/shop } }
registries: { main: { host: registry.example.com } }
environments:
  staging: { kubernetes: { namespace: shop }, pipelines: [cart, web] }
  production: { swarm: {}, approve: { by: [release], count: 2 } }
secrets:
  npm-token: { value: { env: NPM_TOKEN }, pipelines: [cart] }
  signing-key: { value: { env: NPM_TOKEN }, pipelines: [web] }
`;

export async function serverConfig(cwd: string): Promise<ServerConfig> {
  await writeFile(join(cwd, 'trunkline.yaml'), serverFile);
  const loaded = await loadServerConfig({ flags: {}, environment: { NPM_TOKEN: 'npm-1234' }, cwd });
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

/** A catalogue over a folder of its own, with a server that knows `shop`, `main` and `staging`. */
export async function catalogueOf(files: Record<string, string>, pinned: PinnedFiles | null = null) {
  const folder = await temporaryFolder();
  const pipelines = join(folder.path, 'pipelines');
  await mkdir(pipelines);
  const put = (name: string, text: string) => writeFile(join(pipelines, name), text);
  for (const [name, text] of Object.entries(files)) await put(name, text);
  const catalogue = openCatalogue(pipelines, await serverConfig(folder.path), pinned);
  return {
    catalogue,
    put,
    path: (name: string) => join(pipelines, name),
    remove: (name: string) => rm(join(pipelines, name)),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

export function namesOf(catalogue: PipelineCatalogue): string[] {
  return catalogue.list().map((entry) => entry.name);
}
