import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Api } from '../support/api.ts';
import type { GitRepository } from '../support/git-repository.ts';
import { runCommand } from '../support/run-command.ts';
import { commitTo } from '../support/subversion.ts';
import type { Told } from './play-scenario.ts';
import type { CommitEvent, RepositoryEvent } from './read-scenario.ts';

/** A repository in which the events of a scenario happen. */
export type ScenarioRepository = {
  /** Its entry in trunkline.yaml. */
  config: object;
  /** The first commit; the server is not told of it. */
  begin(files: Record<string, string | null>): Promise<void>;
  /** Lets something happen and tells the server, as a hook does. @returns null: not told */
  happen(event: RepositoryEvent, api: Api): Promise<Told | null>;
};

export const hookToken = 'hook-token-of-the-scenarios';
const zero = '0'.repeat(40);
type HookAnswer = { event: string };

/** @param url of the repository of this folder */
export function subversionRepository(path: string, url: string): ScenarioRepository {
  const svnmucc = async (...args: string[]) => {
    const fixed = ['--non-interactive', '--username', 'alice', '--root-url', `file://${path}`];
    return Number(/^r(\d+) committed/m.exec(await runCommand('svnmucc', [...fixed, ...args]))?.[1]);
  };
  const commit = async ({ commit: files, properties, message, author }: CommitEvent) => {
    const sets = Object.entries(properties).flatMap(([place, values]) =>
      Object.entries(values).flatMap(([name, value]) => ['propset', name, value, place]),
    );
    if (sets.length > 0) return svnmucc('--message', message, ...sets);
    return commitTo(path, { files, message, author });
  };
  const change = (event: RepositoryEvent) => {
    if ('commit' in event) return commit(event);
    if ('copy' in event) return svnmucc('--message', 'copy', 'cp', 'HEAD', event.copy.from, event.copy.to);
    if ('delete' in event) return svnmucc('--message', 'delete', 'rm', event.delete);
    throw new Error('Subversion has no merge requests');
  };
  return {
    config: { svn: url, credentials: 'robot' },
    async begin(files) {
      const more = { 'trunk/hello.txt': 'hello', 'branches/old/hello.txt': 'hello', 'tags/v0/hello.txt': '' };
      await commitTo(path, { files: { ...more, ...files } });
    },
    async happen(event, api) {
      const revision = await change(event);
      if ('commit' in event && !event.announce) return null;
      const uuid = (await runCommand('svnlook', ['uuid', path])).trim();
      const { event: id } = await api.post<HookAnswer>('/hooks/svn', { uuid, revision }, hookToken);
      return { id, isOwn: (change) => change.revision === `${revision}` };
    },
  };
}

/** @param place its name in trunkline.yaml, its URL for the server, the file with the hooks' token */
export function gitScenarioRepository(
  repository: GitRepository,
  { name, url, tokenFile }: { name: string; url: string; tokenFile: string },
): ScenarioRepository {
  const { git } = repository;
  const token = { file: tokenFile };
  const idOf = (branch: string) =>
    git('rev-parse', '--verify', '-q', refOf(branch)).then(
      (id) => id.trim(),
      () => zero,
    );
  const change = async (event: Exclude<RepositoryEvent, { 'merge-request': object }>) => {
    if ('commit' in event) await repository.commit({ ...event, files: event.commit });
    else if ('delete' in event) await git('update-ref', '-d', refOf(event.delete));
    else await git('update-ref', refOf(event.copy.to), await idOf(event.copy.from));
  };
  return {
    config: { git: url, hook: { token, gitlab: { token } } },
    async begin(files) {
      await repository.commit({ files: { 'hello.txt': 'hello', ...files } });
      await git('update-ref', 'refs/heads/old', 'refs/heads/main');
    },
    async happen(event, api) {
      if ('merge-request' in event) {
        const payload = await mergeRequestPayload(event, url, await idOf(event['merge-request'].from));
        const headers = { 'x-gitlab-token': hookToken, 'content-type': 'application/json' };
        const answer = await api.fetch('/hooks/gitlab', {
          method: 'POST',
          headers: { ...headers, 'x-gitlab-event': 'Merge Request Hook' },
          body: JSON.stringify(payload),
        });
        const { event: id } = (await answer.json()) as HookAnswer;
        return { id, isOwn: (change) => change.mergeRequest?.number === event['merge-request'].number };
      }
      const branch = branchOf(event);
      const before = await idOf(branch);
      await change(event);
      if ('commit' in event && !event.announce) return null;
      const body = { repository: name, ref: refOf(branch), before, after: await idOf(branch) };
      const { event: id } = await api.post<HookAnswer>('/hooks/git', body, hookToken);
      return { id, isOwn: (change) => change.mergeRequest === null && change.branch === branch };
    },
  };
}

function branchOf(event: Exclude<RepositoryEvent, { 'merge-request': object }>): string {
  if ('commit' in event) return event.branch;
  return 'delete' in event ? event.delete : event.copy.to;
}

function refOf(branch: string): string {
  return branch.startsWith('tags/') ? `refs/${branch}` : `refs/heads/${branch}`;
}

/** GitLab's own example, with what a scenario says. */
async function mergeRequestPayload(
  { 'merge-request': request }: Extract<RepositoryEvent, { 'merge-request': object }>,
  url: string,
  revision: string,
): Promise<object> {
  const file = join(import.meta.dirname, '../http/payloads/gitlab-merge-request.json');
  const example = JSON.parse(await readFile(file, 'utf8'));
  return {
    ...example,
    project: { ...example.project, git_http_url: url },
    object_attributes: {
      ...example.object_attributes,
      iid: request.number,
      action: request.action,
      source_branch: request.from,
      target_branch: request.to,
      source_project_id: request.fork ? 99 : example.object_attributes.target_project_id,
      last_commit: { id: revision },
    },
  };
}
