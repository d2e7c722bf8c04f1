/** `r34` for a Subversion revision, the first digits of a commit. */
export function revisionLabel(revision: string): string {
  return /^\d{1,12}$/.test(revision) ? `r${revision}` : shortRevision(revision);
}

/** `34` for a Subversion revision, the first digits of a commit: enough to find it by. */
export function shortRevision(revision: string): string {
  return revision.slice(0, 12);
}
