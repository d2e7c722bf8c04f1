import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadServerConfig } from '../../src/config/load-server-config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function load(file: string) {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'trunkline.yaml'), file);
  return loadServerConfig({ flags: {}, environment: { TOKEN: 'gitlab-token' }, cwd: folder.path });
}

test('a Git repository has its URL, its schemes, and tokens for GitLab', async () => {
  const loaded = await load(`
git: { allow: [http] }
repositories:
  web:
    git: git@gitlab.example.com:shop/web.git
    hook: { gitlab: { token: { env: TOKEN } } }
    submodules: [https://git.example.org/]
`);

  const web = 'config' in loaded ? loaded.config.repositories.web : undefined;
  expect(web).toMatchObject({
    ...{ kind: 'git', url: 'git@gitlab.example.com:shop/web.git', allowedSchemes: ['http'], hookTokens: [] },
    submodules: ['https://git.example.org/'],
  });
  expect(web?.kind === 'git' && web.gitlabTokens.map((token) => token.reveal())).toEqual(['gitlab-token']);
  expect(JSON.stringify(loaded)).not.toContain('gitlab-token');
});

test.each([
  ['{ git: https://h/x, layout: standard }', "'layout' is for Subversion repositories only"],
  ['{ git: https://h/x, svn: svn://h/x }', "a repository has one URL: 'svn' or 'git'"],
  ['{ poll: 5s }', "'svn' or 'git' is missing"],
  ['{ svn: svn://h/x, submodules: [] }', "'submodules' is for Git repositories only"],
  ['{ git: https://h/x, submodules: ["ext::sh"] }', 'this is not an absolute repository URL'],
  ['{ git: "--upload-pack=hunter2" }', 'this is not an absolute repository URL'],
  ['{ git: "https://ci:hunter2@h/x" }', 'user and password do not belong into a URL'],
])('the repository %s: %s', async (repository, message) => {
  const loaded = await load(`repositories: { a: ${repository} }`);

  const problems = 'problems' in loaded ? loaded.problems : [];
  expect(problems.map((problem) => problem.message)).toContain(message);
  expect(JSON.stringify(problems)).not.toContain('hunter2');
});

test('a signing token of GitLab that is no key is refused, for anybody could sign with what is left of it', async () => {
  const file = `
repositories:
  web: { git: 'https://h/x', hook: { gitlab: { signing: [{ env: TOKEN }, { env: NEXT }] } } }
`;
  const loaded = async (NEXT: string) => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'trunkline.yaml'), file);
    const TOKEN = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    return loadServerConfig({ flags: {}, environment: { TOKEN, NEXT }, cwd: folder.path });
  };

  const right = await loaded(`whsec_${Buffer.alloc(24, 9).toString('base64')}`);
  const wrong = await Promise.all(
    ['whsec_', '***', '密码', 'hunter2', 'a pass phrase, long enough'].map(loaded),
  );

  expect('problems' in right && right.problems).toBe(false);
  for (const one of wrong)
    expect('problems' in one && one.problems).toMatchObject([
      { message: 'this is no signing token of GitLab' },
    ]);
  expect(JSON.stringify(wrong)).not.toContain('hunter2');
});

test.for([
  ['https://gitlab.example.com/shop/web.git', 'gitlab', 'https://gitlab.example.com/api/v4', 'shop/web'],
  [
    'ssh://git@git.example.com:2222/shop/team/web',
    'gitlab',
    'https://git.example.com/api/v4',
    'shop/team/web',
  ],
  ['git@github.com:shop/web.git', 'github', 'https://api.github.com', 'shop/web'],
  ['https://github.example.com/shop/web', 'github', 'https://github.example.com/api/v3', 'shop/web'],
  ['http://git.lan:3000/shop/a%20b.git', 'gitea', 'http://git.lan:3000/api/v1', 'shop/a b'],
  ['https://git.example.com/x/100%.git', 'gitea', 'https://git.example.com/api/v1', 'x/100%'],
] as const)('statuses of commits of %s go to %s at %s, project %s', async ([git, forge, api, project]) => {
  const statuses = `{ forge: ${forge}, token: { env: TOKEN } }`;
  const loaded = await load(`
git: { allow: [http] }
repositories: { web: { git: '${git}', statuses: ${statuses} } }
`);

  const web = 'config' in loaded ? loaded.config.repositories.web : undefined;
  expect(web).toMatchObject({ statuses: { forge, api, project, ca: null } });
});

test.each([
  ['https://example.com/gitlab/shop/web.git', 'shop/web'],
  ['git@example.com:gitlab/web.git', 'gitlab/web'],
  ['https://git.example.com/gitlab2/web.git', 'gitlab2/web'],
])('where GitLab is below a path of its host, %s is the project %s', async (git, project) => {
  const api = 'https://example.com/gitlab/api/v4';
  const statuses = `{ forge: gitlab, token: { env: TOKEN }, api: '${api}/' }`;
  const loaded = await load(`repositories: { web: { git: '${git}', statuses: ${statuses} } }`);

  const web = 'config' in loaded ? loaded.config.repositories.web : undefined;
  expect(web).toMatchObject({ statuses: { api, project } });
});

test.each([
  [
    "{ svn: 'svn://h/x', statuses: { forge: gitlab, token: { env: TOKEN } } }",
    "'statuses' is for Git repositories only",
  ],
  [
    "{ git: 'https://h/x', statuses: { forge: gitlab, token: { env: NONE } } }",
    'the environment variable NONE is not set',
  ],
  [
    "{ git: 'https://h/x', statuses: { forge: gitlab, token: { env: TOKEN }, api: 'ftp://h' } }",
    'this is not the URL of an API',
  ],
  [
    "{ git: 'https://h/x', statuses: { forge: gitlab, token: { env: TOKEN }, api: 'http://h' } }",
    "the URL scheme 'http' is not allowed here",
  ],
  [
    "{ git: 'https://h/x', statuses: { forge: gitlab, token: { env: TOKEN }, api: 'https://u:p@h' } }",
    'the URL of an API has no user, no query and no fragment',
  ],
  ["{ git: 'file:///srv/x', statuses: { forge: gitea, token: { env: TOKEN } } }", "'api' is missing"],
])('the repository %s: %s', async (repository, message) => {
  const loaded = await load(`git: { allow: [file] }\nrepositories: { a: ${repository} }`);

  const problems = 'problems' in loaded ? loaded.problems : [];
  expect(problems.map((problem) => problem.message)).toContain(message);
});
