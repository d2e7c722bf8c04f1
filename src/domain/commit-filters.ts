import type { Change } from './change.ts';
import type { FilterVerdict } from './decision.ts';
import { messageMatches, skipMarkerIn } from './message-filter.ts';
import { pathFilter } from './path-filter.ts';
import type { CommitTrigger } from './triggers.ts';

/** What a pipeline asks of who committed and of what they wrote; filters that it does not use are left out. */
export function commitVerdicts(
  trigger: CommitTrigger,
  { author, message, ciRun, properties = {}, pushOption }: Change,
  ownUser: string | null,
): FilterVerdict[] {
  const { authors, messages, ownCommits, revisionProperties = {} } = trigger;
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
      expected: expressionsText(messages),
      actual: firstLine(message),
      passed: messageMatches(messages, message),
    });
  for (const [name, patterns] of Object.entries(revisionProperties)) {
    // It may be called as something that every object has.
    const value = Object.hasOwn(properties, name) ? (properties[name] ?? '') : '';
    verdicts.push({
      filter: `revision-properties.${name}`,
      expected: expressionsText(patterns),
      actual: firstLine(value) || 'not set',
      passed: messageMatches(patterns, value),
    });
  }
  verdicts.push(...skipVerdicts({ message, ciRun, pushOption }));
  if (ownUser !== null && author === ownUser && ownCommits === 'skip')
    verdicts.push({
      filter: 'own-commits',
      expected: 'not by the account that Trunkline uses',
      actual: name,
      passed: false,
    });
  return verdicts;
}

/** Whether the pipeline's own folder is there; `otherwise` says what is instead. */
export function sourceVerdict(path: string, isThere: boolean, otherwise = 'is not there'): FilterVerdict {
  return {
    filter: 'source',
    expected: path === '' ? 'the branch exists' : `${path} exists`,
    actual: isThere ? 'exists' : otherwise,
    passed: isThere,
  };
}

/** Whoever commits can say that nothing is to be run for it; nothing where they have not. */
export function skipVerdicts({
  message,
  ciRun,
  pushOption,
}: {
  message: string;
  ciRun?: string | undefined;
  pushOption?: Change['pushOption'];
}): FilterVerdict[] {
  const marker = skipMarkerIn(message);
  return [
    ...(marker === null
      ? []
      : [{ filter: 'message', expected: 'no [skip ci]', actual: marker, passed: false }]),
    ...(ciRun === undefined
      ? []
      : [{ filter: 'ci:run', expected: 'not committed by a CI run', actual: ciRun || 'set', passed: false }]),
    ...(pushOption === undefined
      ? []
      : [{ filter: 'push-option', expected: 'no ci.skip', actual: pushOption, passed: false }]),
  ];
}

function expressionsText(patterns: readonly string[]): string {
  return patterns.map((pattern) => pattern || 'any').join(', ');
}

function firstLine(message: string): string {
  const line = message.trimStart().split('\n', 1)[0] ?? '';
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}
