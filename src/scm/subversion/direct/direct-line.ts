import { askDav } from './ask-dav.ts';
import { askSvnserve } from './ask-svnserve.ts';
import { type Asked, type DirectAnswer, type DirectQuestion, Surprise } from './direct-question.ts';

/** How long svn alone is asked after a surprise: a server that stalls, or refuses the login, is not asked twice each time. */
const restMs = 10 * 60_000;

export interface DirectLine {
  /** @returns undefined when svn has to be asked; throws the signal's reason when that aborts */
  ask(signal: AbortSignal): Promise<DirectAnswer | undefined>;
  /** svn itself gets through, so that what is told here without it is not found out to be useless at the next commit. */
  trust(): void;
}

/**
 * The short way to ask what each poll asks. It knows only the ordinary case, in which everything is as it was configured;
 * for all else, faults of the server included, it has no answer and leaves it to svn. Nor has it one before it is trusted:
 * svn may not reach, or not believe, a server that we do.
 */
export function openDirectLine(asked: Asked): DirectLine {
  const ask = questionFor(asked);
  let isTrusted = false;
  let restsUntilMs = 0;
  return {
    trust() {
      isTrusted = true;
    },
    async ask(signal) {
      if (ask === undefined || !isTrusted || performance.now() < restsUntilMs) return undefined;
      try {
        return await ask(signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!isExpected(error)) throw error;
        restsUntilMs = performance.now() + restMs;
        return undefined;
      }
    },
  };
}

function questionFor(asked: Asked): DirectQuestion | undefined {
  if (asked.root.startsWith('svn://')) return askSvnserve(asked);
  if ((asked.trustedFailures ?? []).length > 0) return undefined;
  return /^https?:/.test(asked.root) ? askDav(asked) : undefined;
}

/** The errors of the network, of files and of the TLS library have codes. */
function isExpected(error: unknown): boolean {
  return error instanceof Surprise || (error instanceof Error && 'code' in error);
}
