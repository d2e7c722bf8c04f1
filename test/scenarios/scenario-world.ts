import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { startGitHttpServer } from '../support/git-http-server.ts';
import { makeGitRepository } from '../support/git-repository.ts';
import { runCommand } from '../support/run-command.ts';
import { openSite, type Site } from '../support/site.ts';
import type { Subversion } from '../support/subversion.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { Trunkline } from '../support/trunkline.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Stage } from './play-scenario.ts';
import type { Scenario } from './read-scenario.ts';
import {
  gitScenarioRepository,
  hookToken,
  type ScenarioRepository,
  subversionRepository,
} from './scenario-repository.ts';

/** Who can make calls, and the roles of each. */
const people = { rita: ['release'], rob: ['release'], alice: ['release'], quinn: ['qa'] };

export type ScenarioWorld = AsyncDisposable & { trunkline: Trunkline; stageOf(scenario: Scenario): Stage };

/** What the pipelines of two scenarios may have. */
const publishToken = 'publish-token';

/** One server for all scenarios, and a repository for each. */
export async function openScenarioWorld(
  scenarios: readonly Scenario[],
  environment: Record<string, string>,
): Promise<ScenarioWorld> {
  await using opening = new AsyncDisposableStack();
  const site = opening.use(await openSite());
  const folder = opening.use(await temporaryFolder());
  const gitServer = opening.use(await startGitHttpServer(folder.path));
  const tokenFile = join(folder.path, 'hook-token');
  await writeFile(tokenFile, hookToken);
  await writeFile(join(folder.path, publishToken), 'publish-with-this-token\n');
  const made = scenarios.map(async ({ name, repository, before }) => {
    const own =
      repository === 'svn'
        ? await makeSubversion(site.subversion, name)
        : await makeGit(name, { root: folder.path, url: gitServer.url, tokenFile });
    await own.begin(before);
    return [name, own] as const;
  });
  const repositories = new Map(await Promise.all(made));
  const trunkline = opening.use(await serve({ site, tokenFile, scenarios, repositories, environment }));
  const tokens = await makeTokens(trunkline);
  const owned = opening.move();
  return {
    trunkline,
    stageOf: ({ name, pipelines }) => ({
      api: trunkline.api,
      tokens,
      pipelines: Object.keys(pipelines),
      happen: async (event) => (await repositories.get(name)?.happen(event, trunkline.api)) ?? null,
      pollMs: 400,
    }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

type Setting = {
  site: Site;
  tokenFile: string;
  scenarios: readonly Scenario[];
  repositories: ReadonlyMap<string, ScenarioRepository>;
  environment: Record<string, string>;
};

async function serve({ site, tokenFile, scenarios, repositories, environment }: Setting): Promise<Trunkline> {
  const token = { file: tokenFile };
  const trunkline = await site.serve({
    config: site.config({
      concurrency: 24,
      git: { allow: ['http'] },
      secrets: {
        [publishToken]: {
          value: { file: join(dirname(tokenFile), publishToken) },
          pipelines: ['secrets', 'secrets-merge-request'],
        },
      },
      credentials: { robot: { username: 'robot', password: token } },
      repositories: Object.fromEntries(
        [...repositories].map(([name, { config }]) => [name, { poll: '10m', hook: { token }, ...config }]),
      ),
    }),
    pipelines: Object.assign({}, ...scenarios.map(({ pipelines }) => pipelines)),
    environment,
  });
  // From then on commits make runs.
  await waitFor(
    async () => {
      const { items } = await trunkline.api.get<{ items: { state: string }[] }>('/api/v1/repositories');
      return items.every(({ state }) => state === 'ok');
    },
    { what: 'the first contact with all repositories', deadlineMs: 120_000, everyMs: 200 },
  );
  return trunkline;
}

async function makeTokens({ api }: Trunkline): Promise<Record<string, string>> {
  const made = Object.entries(people).map(async ([name, roles]) => {
    const { token } = await api.post<{ token: string }>('/api/v1/tokens', { name, scopes: ['run'], roles });
    return [name, token] as const;
  });
  return Object.fromEntries(await Promise.all(made));
}

async function makeSubversion(server: Subversion, name: string): Promise<ScenarioRepository> {
  const path = join(dirname(server.path), name);
  await runCommand('svnadmin', ['create', path]);
  await writeFile(join(path, 'conf/svnserve.conf'), '[general]\nanon-access = write\n');
  return subversionRepository(path, `${server.url}/${name}`);
}

async function makeGit(
  name: string,
  { root, url, tokenFile }: { root: string; url: string; tokenFile: string },
) {
  const repository = await makeGitRepository({ name: `${name}.git`, root });
  return gitScenarioRepository(repository, { name, url: `${url}/${name}.git`, tokenFile });
}
