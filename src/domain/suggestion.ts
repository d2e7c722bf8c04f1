/** `did you mean 'x'?`, else the known names, else undefined. */
export function suggest(name: string, known: readonly string[]): string | undefined {
  return suggestNear(name, known) ?? suggestKnown(known);
}

/** `did you mean 'x'?`, else undefined: for messages that name all that is known. */
export function suggestNear(name: string, known: readonly string[]): string | undefined {
  const meant = elsewhere.get(name.toLowerCase())?.find((own) => known.includes(own));
  const near = meant ?? nearest(name, known);
  return near === undefined ? undefined : `did you mean '${near}'?`;
}

function suggestKnown(known: readonly string[]): string | undefined {
  return known.length === 0 ? undefined : `known here: ${known.slice(0, 20).join(', ')}`;
}

/** What other servers call what is meant. */
const elsewhere = new Map(
  Object.entries({
    name: ['id'],
    stages: ['steps'],
    jobs: ['steps'],
    pipeline: ['steps'],
    triggers: ['on'],
    push: ['commit'],
    path: ['file', 'paths'],
    ref: ['revision'],
    changes: ['paths'],
    changed: ['paths'],
    succeeded: ['success'],
    branch: ['branches', 'branch-slug'],
    success: ['succeeded', 'on-success'],
    repo: ['repository'],
    url: ['repository', 'svn', 'git', 'host'],
    script: ['commands', 'run'],
    docker: ['build'],
    if: ['when'],
    rules: ['when'],
    'continue-on-error': ['allow-failure'],
    post: ['run-when'],
    finally: ['run-when'],
    failed: ['failure'],
    error: ['failure'],
    manual: ['api'],
    required: ['default'],
    choices: ['options'],
    depends_on: ['needs'],
    'depends-on': ['needs'],
    environment: ['env'],
    variables: ['env'],
    file: ['dockerfile'],
    user: ['username'],
    k8s: ['kubernetes'],
    cluster: ['kubernetes'],
  }),
);

/** The known name nearest to a mistyped one, or undefined when none is near enough to be meant. */
function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase().slice(0, 64), candidate.toLowerCase().slice(0, 64));
    // Of a name of one letter, any other is as near.
    const isNear = distance <= Math.max(1, candidate.length / 3) && distance < name.length;
    if (isNear && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { candidate, distance };
  }
  return best?.candidate;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (isSame ? 0 : 1),
        isSwap ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, right.length);
}

function at(row: number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
