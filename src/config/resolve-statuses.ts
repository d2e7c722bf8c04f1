import type { StatusForge } from '../domain/commit-status.ts';
import type { YamlPath } from '../domain/yaml-document.ts';
import { type ConfigReading, readSecret, report } from './config-reading.ts';
import { type GitUrl, gitProject, parseGitUrl } from './git-url.ts';
import type { Written } from './resolve-server-config.ts';
import type { GitRepositoryConfig } from './server-config.ts';

/** Where the Git server of a repository is told what becomes of its commits. */
export async function resolveStatuses(
  reading: ConfigReading,
  written: Written<'repositories'>['statuses'],
  { path, ...repository }: Pick<GitRepositoryConfig, 'url' | 'allowedSchemes' | 'ca'> & { path: YamlPath },
): Promise<GitRepositoryConfig['statuses']> {
  if (written === undefined) return null;
  const { forge } = written;
  const token = await readSecret(reading, written.token, [...path, 'token']);
  const url = parseGitUrl(repository.url);
  const api = written.api ?? (url === null ? null : apiOf(forge, url));
  if (url === null) return null;
  if (api === null) {
    report(reading, path, {
      message: "'api' is missing",
      hint: 'it cannot be told by the URL of the repository',
    });
    return null;
  }
  const mistake = apiMistake(api, repository.allowedSchemes);
  if (mistake !== null) report(reading, [...path, 'api'], mistake);
  return { forge, token, api: api.replace(/\/+$/, ''), project: projectAt(api, url), ca: repository.ca };
}

/** Of a server that is below a path of its host, `https://example.com/gitlab/api/v4`, that path is no part of the project. */
function projectAt(api: string, url: GitUrl): string {
  const project = gitProject(url);
  const root = URL.parse(api)?.pathname.replace(/\/api\/v\d+\/*$/, '') ?? '';
  const isBelow = url.scheme !== 'ssh' && root !== '' && `/${project}`.startsWith(`${root}/`);
  return isBelow ? project.slice(root.length) : project;
}

function apiOf(forge: StatusForge, { scheme, host }: GitUrl): string | null {
  if (scheme === 'file') return null;
  const isGithub = forge === 'github' && host === 'github.com';
  if (isGithub) return 'https://api.github.com';
  const below = { gitlab: '/api/v4', github: '/api/v3', gitea: '/api/v1' }[forge];
  // The port of ssh is not that of the API.
  const place = scheme === 'ssh' ? host.replace(/:\d+$/, '') : host;
  return `${scheme === 'http' ? 'http' : 'https'}://${place}${below}`;
}

function apiMistake(
  text: string,
  allowedSchemes: readonly string[],
): { message: string; hint: string } | null {
  const url = URL.parse(text);
  const hint = 'for example https://gitlab.example.com/api/v4';
  if (url === null || !['https:', 'http:'].includes(url.protocol))
    return { message: 'this is not the URL of an API', hint };
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return { message: 'the URL of an API has no user, no query and no fragment', hint };
  if (url.protocol === 'https:' || allowedSchemes.includes('http')) return null;
  return {
    message: "the URL scheme 'http' is not allowed here",
    hint: 'allow it with git: { allow: [http] }',
  };
}
