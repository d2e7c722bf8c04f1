/** Hooks whose `revision` is a number of Subversion. */
export const revisionHooks = ['svn-hook', 'jenkins-hook'] as const;

/** Hooks of Git servers. */
export const gitHooks = ['git-hook', 'gitlab-hook', 'github-hook', 'gitea-hook'] as const;

export const hookSources = [...revisionHooks, ...gitHooks] as const;

export type GitHookSource = (typeof gitHooks)[number];
export type HookSource = (typeof revisionHooks)[number] | GitHookSource;
