import type { Change } from './change.ts';
import type { FilterVerdict } from './decision.ts';
import { messageMatches, skipMarkerIn } from './message-filter.ts';
import { pathFilter } from './path-filter.ts';
import type { CommitTrigger } from './pipeline.ts';

/** What a pipeline asks of who committed and of what they wrote; filters that it does not use are left out. */
export function commitVerdicts(
  trigger: CommitTrigger,
  { author, message }: Change,
  ownUser: string | null,
): FilterVerdict[] {
  const { authors, messages, ownCommits } = trigger;
  const name = author ?? '';
  const verdicts: FilterVerdict[] = [];
  if (authors !== null)
    verdicts.push({
      filter: 'authors',
      expected: authors.join(', '),
      actual: author ?? 'unknown',
      passed: pathFilter(authors).matches(name),
    });
  if (messages !== null)
    verdicts.push({
      filter: 'messages',
      expected: messages.join(', '),
      actual: firstLine(message),
      passed: messageMatches(messages, message),
    });
  verdicts.push(...skipMarkerVerdict(message));
  if (ownUser !== null && author === ownUser && ownCommits === 'skip')
    verdicts.push({
      filter: 'own-commits',
      expected: 'not by the account that Trunkline uses',
      actual: name,
      passed: false,
    });
  return verdicts;
}

/** Nothing where the message has no mark. */
export function skipMarkerVerdict(message: string): FilterVerdict[] {
  const marker = skipMarkerIn(message);
  if (marker === null) return [];
  return [{ filter: 'message', expected: 'no [skip ci]', actual: marker, passed: false }];
}

function firstLine(message: string): string {
  const line = message.trimStart().split('\n', 1)[0] ?? '';
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}
