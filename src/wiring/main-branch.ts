import type { ServerConfig } from '../config/server-config.ts';
import { branchOfRef } from '../domain/git-names.ts';
import { trunkOf } from '../domain/main-branch.ts';
import type { MainBranchOf } from '../steps/run/step-caches.ts';
import type { Sources } from './sources.ts';

/** Subversion's is known by the layout; Git is asked each time, for it may be another one now. */
export function mainBranches(
  { repositories }: Pick<ServerConfig, 'repositories'>,
  sources: Sources,
): MainBranchOf {
  return async ({ repository, branch }, signal) => {
    const config = repositories[repository];
    if (config?.kind === 'svn') return trunkOf(config.layout, branch) ?? null;
    const source = sources(repository);
    if (source.kind !== 'git') return null;
    const { defaultRef } = await source.refs(signal);
    return defaultRef === null ? null : branchOfRef(defaultRef);
  };
}
