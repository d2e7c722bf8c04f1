import type { ServerConfig } from '../../config/server-config.ts';
import { type Finding, fine, problem } from '../../domain/finding.ts';
import { tryNotifier } from '../../notify/try-notifier.ts';

const hint =
  'Look at its address, secret or keyword, and at what its chat says of such an answer. The server sends again for a day what was not taken.';

/** Sends each a test message. */
export function examineNotifiers({ notify }: ServerConfig): Promise<Finding[]> {
  return Promise.all(
    Object.values(notify).map(async (notifier) => {
      const part = `notify ${notifier.name}`;
      const refusal = await tryNotifier(notifier, new AbortController().signal);
      const who = notifier.kind === 'mail' ? 'mail server' : notifier.kind;
      if (refusal === null) return fine(part, `the ${who} has taken a test message`);
      return problem(part, `the ${who} has not taken a test message: ${refusal}`, hint);
    }),
  );
}
