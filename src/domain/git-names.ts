/**
 * The branch that a Git ref is to pipelines: a branch by its own name, a tag as `tags/NAME`. A branch whose own name
 * begins with `tags/` or `heads/`, or is that of a request, is `heads/NAME`, so that no two refs have one name.
 * @returns null for other refs, and for names that no push can make
 */
export function branchOfRef(ref: string): string | null {
  if (!isRefName(ref)) return null;
  const tag = /^refs\/tags\/(.+)$/.exec(ref)?.[1];
  if (tag !== undefined) return `tags/${tag}`;
  const head = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
  if (head === undefined) return null;
  return /^(?:tags|heads)\//.test(head) || requestName.test(head) ? `heads/${head}` : head;
}

/** As `branchOfRequest` has them. */
const requestName = /^(?:pull|merge-requests)\/[1-9]\d{0,9}$/;

/**
 * What stands for a branch where a request comes from another repository: the name of the ref under which the Git server
 * keeps its newest commit, `pull/7` (GitHub, Gitea, Forgejo) or `merge-requests/7` (GitLab).
 * @returns null for other refs
 */
export function branchOfRequest(ref: string): string | null {
  const name = /^refs\/(.+)\/head$/.exec(ref)?.[1] ?? '';
  return requestName.test(name) ? name : null;
}

/** The opposite of `branchOfRef` and `branchOfRequest`; null for what is no branch's name. */
export function refOfBranch(branch: string): string | null {
  if (requestName.test(branch)) return `refs/${branch}/head`;
  const isQualified = /^(?:tags|heads)\//.test(branch);
  const ref = isQualified ? `refs/${branch}` : `refs/heads/${branch}`;
  return branchOfRef(ref) === branch ? ref : null;
}

/** Git's own rules for names of refs (git-check-ref-format), and none that begins like an option. */
function isRefName(ref: string): boolean {
  if (Buffer.byteLength(ref) > 1000 || /[\p{Cc}\u007f ~^:?*[\\]|\.\.|@\{|\/\/|[/.]$/u.test(ref)) return false;
  const segments = ref.split('/');
  if (segments.length < 3 || segments[2]?.startsWith('-')) return false;
  return segments.every((segment) => !segment.startsWith('.') && !segment.endsWith('.lock'));
}

/** The full id of a commit, tree, blob or tag, SHA-1 or SHA-256. */
export function isObjectId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** What stands in the place of an id where there is none: before a ref is made, after it is deleted. */
export function isNoObject(id: string): boolean {
  return /^0+$/.test(id);
}
