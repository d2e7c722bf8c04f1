/** What alone a token may see and do. Each list that is there narrows it; at least one is. */
export interface TokenLimit {
  repositories: string[] | null;
  pipelines: string[] | null;
}

/** @param limit null: there is none */
export function isWithin(
  limit: TokenLimit | null,
  { repository, pipeline }: { repository: string; pipeline: string },
): boolean {
  if (limit === null) return true;
  const { repositories, pipelines } = limit;
  return (repositories?.includes(repository) ?? true) && (pipelines?.includes(pipeline) ?? true);
}

/** @returns null where both lists are missing: there is no limit */
export function tokenLimit({ repositories, pipelines }: TokenLimit): TokenLimit | null {
  return repositories === null && pipelines === null ? null : { repositories, pipelines };
}
