import { type GitUrl, gitAddress, gitProject, parseGitUrl } from './git-url.ts';

/**
 * Of some Git repositories the one that a Git server means by these addresses. Many a server has another name for itself than
 * people reach it by, and takes its paths in any case: where no address is the same, the path of the project is enough if
 * only one has that.
 */
export function namedRepository<Repository extends { url: string }>(
  urls: readonly string[],
  repositories: readonly Repository[],
): Repository | undefined {
  const named = (part: (url: GitUrl) => string) => {
    const wanted = urls.map((url) => partOf(url, part));
    return repositories.filter(({ url }) => {
      const own = partOf(url, part);
      return own !== null && wanted.includes(own);
    });
  };
  const [only, ...others] = named((url) => gitProject(url).toLowerCase());
  return named(gitAddress)[0] ?? (others.length === 0 ? only : undefined);
}

function partOf(url: string, part: (url: GitUrl) => string): string | null {
  const parsed = parseGitUrl(url);
  return parsed === null ? null : part(parsed);
}
