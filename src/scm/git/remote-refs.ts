import { branchOfRef, isObjectId } from '../../domain/git-names.ts';
import type { RemoteRefs } from '../source-control.ts';
import { attemptOn, type GitRepository } from './repository.ts';
import { runGit } from './run-git.ts';

/** Branches and tags, and what HEAD stands for, in one request. Refs with names that are not ours to handle are left out. */
export async function readRemoteRefs(repository: GitRepository, signal: AbortSignal): Promise<RemoteRefs> {
  const { url, limits } = repository;
  const patterns = ['HEAD', 'refs/heads/*', 'refs/tags/*'];
  const answer = await runGit(
    await repository.home(),
    {
      args: ['ls-remote', '--symref', '--end-of-options', url.location, ...patterns],
      attempt: attemptOn(repository, 'Asking for the branches and tags of', url),
      totalMs: limits.queryMs,
    },
    signal,
  );
  return parseRemoteRefs(answer);
}

/** The lines of `git ls-remote --symref`: `ID<tab>NAME`, `ref: NAME<tab>HEAD`; a tag's commit follows as `NAME^{}`. */
function parseRemoteRefs(answer: string): RemoteRefs {
  const refs = new Map<string, string>();
  let defaultRef: string | null = null;
  for (const line of answer.split('\n')) {
    const [value = '', name = ''] = line.split('\t');
    if (name === 'HEAD' && value.startsWith('ref: ')) defaultRef = value.slice('ref: '.length);
    else if (isObjectId(value) && branchOfRef(name) !== null) refs.set(name, value);
  }
  return { refs, defaultRef: defaultRef !== null && refs.has(defaultRef) ? defaultRef : null };
}
