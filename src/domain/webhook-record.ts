/** What is kept of one delivery at most. */
const keptCharacters = 256 * 1024;

/** Old Gitea repeats the webhook's secret in the body; GitLab tells the values of a pipeline's variables. */
const secretKeys = ['secret', 'variables'];

/** A delivery as text, without what may be secret in it; null for one that is too large, or too deep, to be kept. */
export function withoutSecrets(payload: unknown): string | null {
  const text = textOf(payload);
  return text === undefined || text.length > keptCharacters ? null : text;
}

function textOf(payload: unknown): string | undefined {
  try {
    return JSON.stringify(payload, (key, value) => (secretKeys.includes(key) ? undefined : value));
  } catch (error) {
    // What is nested without end can be read, but not written.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
