import { createHash } from 'node:crypto';

const plainLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const endsLikeOurs = /-[0-9a-f]{10}$/;
const hashLength = 10;
const longest = 63;

/**
 * A name for a branch that is valid as a DNS-1123 label, an image tag and a Kubernetes name. Two branches never share
 * one: a branch whose name had to be changed carries a piece of its hash (`branches/a` -> `branches-a-` + 10 hex digits).
 */
export function branchSlug(branch: string): string {
  if (plainLabel.test(branch) && !endsLikeOurs.test(branch)) return branch;
  const hash = createHash('sha256').update(branch).digest('hex').slice(0, hashLength);
  const readable = branch
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, longest - hashLength - 1)
    .replaceAll(/^-|-$/g, '');
  return `${readable === '' ? 'branch' : readable}-${hash}`;
}
