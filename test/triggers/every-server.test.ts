import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { startApacheSubversion } from '../support/apache-subversion.ts';
import { startGitHttpServer } from '../support/git-http-server.ts';
import { makeGitRepository } from '../support/git-repository.ts';
import { startSshServer } from '../support/ssh-server.ts';
import { startSubversion } from '../support/subversion.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startTrunkline, type Trunkline } from '../support/trunkline.ts';
import { waitFor } from '../support/wait-for.ts';

const password = 's3cret';
const file = 'app/a.txt';

/** A repository behind a server that wants a login. */
interface Served {
  /** Its entry in trunkline.yaml. */
  entry: object;
  /** Commits, and tells what the repository's hook would send: its address and its words. */
  commit(text: string): Promise<{ revision: string; hook(name: string): [path: string, body: object] }>;
}

test('a commit is found by hook and by poll on svnserve, Apache over https, svn+ssh, and Git over http and ssh', async () => {
  await using servers = await openServers();
  await using trunkline = await serve(servers);
  const looked = () => trunkline.api.get<{ items: { state: string }[] }>('/api/v1/repositories');
  await waitFor(async () => (await looked()).items.every(({ state }) => state === 'ok'), {
    what: 'a first look at each repository',
    deadlineMs: 60_000,
  });

  const committed = await Promise.all(
    Object.entries(servers.served).map(async ([name, { commit }]) => {
      const { revision, hook } = await commit('2');
      const [path, body] = hook(`${name}-hook`);
      await trunkline.api.post(path, body, `${name}-token`);
      return [name, revision];
    }),
  );

  for (const [name, revision] of committed) {
    for (const way of ['hook', 'poll']) {
      const runs = await waitFor(
        async () => {
          const found = await trunkline.api.runs(`${name}-${way}`);
          return found.length > 0 && found;
        },
        { what: `a run of ${name} by ${way}`, deadlineMs: 60_000 },
      );
      expect(runs.map((run) => run.revision)).toEqual([revision]);
    }
  }
  expect(trunkline.server.stderr()).not.toContain(password);
});

/** Each repository twice: one that only a hook tells of in time, one that only polls tell of. */
async function serve({
  served,
  folder,
}: {
  served: Record<string, Served>;
  folder: string;
}): Promise<Trunkline> {
  await writeFile(join(folder, 'password'), password);
  const repositories: Record<string, object> = {};
  const pipelines: Record<string, string> = {};
  for (const [name, { entry }] of Object.entries(served)) {
    const token = { file: join(folder, `${name}-token`) };
    await writeFile(token.file, `${name}-token`);
    repositories[`${name}-hook`] = { ...entry, poll: '1h', hook: { token } };
    repositories[`${name}-poll`] = { ...entry, poll: '1s' };
    for (const way of ['hook', 'poll']) pipelines[`${name}-${way}`] = pipeline(`${name}-${way}`);
  }
  return startTrunkline({
    config: {
      git: { allow: ['http'] },
      credentials: { ci: { username: 'ci', password: { file: join(folder, 'password') } } },
      docker: { host: `unix://${join(folder, 'no-engine.sock')}` },
      repositories,
    },
    pipelines,
  });
}

function pipeline(name: string): string {
  return JSON.stringify({
    name,
    source: { repository: name, path: 'app' },
    on: { commit: {} },
    steps: [{ id: 'image', build: { image: name } }],
  });
}

async function openServers() {
  await using opening = new AsyncDisposableStack();
  const folder = opening.use(await temporaryFolder());
  const svn = opening.use(await startSubversion({ password }));
  await svn.commit({ files: { [`trunk/${file}`]: '1' } });
  const apache = opening.use(await startApacheSubversion(svn.path, password));
  const behindSsh = opening.use(await startSubversion());
  await behindSsh.commit({ files: { [`trunk/${file}`]: '1' } });
  const command = `svnserve -t -r '${dirname(behindSsh.path)}'`;
  const svnSsh = opening.use(await startSshServer({ command }));
  const git = opening.use(await makeGitRepository());
  const first = await git.commit({ files: { [file]: '1' } });
  const gitHttp = opening.use(await startGitHttpServer(git.root, password));
  const shell = String.raw`git-shell -c \"$SSH_ORIGINAL_COMMAND\"`;
  const gitSsh = opening.use(await startSshServer({ command: shell }));
  const sshOf = ({ key, knownHosts }: { key: string; knownHosts: string }) => ({
    ssh: { key, 'known-hosts': knownHosts },
  });

  const subversion = (entry: object, { uuid, commit }: Pick<typeof svn, 'uuid' | 'commit'>): Served => ({
    entry,
    async commit(text) {
      const revision = await commit({ files: { [`trunk/${file}`]: text } });
      return { revision: `${revision}`, hook: () => ['/hooks/svn', { uuid, revision }] };
    },
  });
  // One commit for both ways to the one Git repository.
  let pushed: Promise<string> | undefined;
  const gitServed = (entry: object): Served => ({
    entry,
    async commit(text) {
      pushed ??= git.commit({ files: { [file]: text } });
      const revision = await pushed;
      const push = { ref: 'refs/heads/main', before: first, after: revision };
      return { revision, hook: (repository) => ['/hooks/git', { repository, ...push }] };
    },
  });
  const served = {
    svnserve: subversion({ svn: svn.root, credentials: 'ci' }, svn),
    apache: subversion(
      { svn: apache.root, credentials: 'ci', ca: apache.ca },
      { uuid: svn.uuid, commit: apache.commit },
    ),
    'svn-ssh': subversion(
      { svn: `svn+ssh://${svnSsh.username}@127.0.0.1:${svnSsh.port}/shop`, ...sshOf(svnSsh) },
      behindSsh,
    ),
    'git-http': gitServed({ git: `${gitHttp.url}/shop.git`, credentials: 'ci' }),
    'git-ssh': gitServed({
      git: `ssh://${gitSsh.username}@127.0.0.1:${gitSsh.port}${git.path}`,
      ...sshOf(gitSsh),
    }),
  };
  const owned = opening.move();
  return { served, folder: folder.path, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
