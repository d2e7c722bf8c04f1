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
