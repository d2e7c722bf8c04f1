/**
 * The time of a commit as it was told, where every date and database can hold it: whoever commits can claim any.
 * @returns null for what is no time, or none of the years 1 to 9999
 */
export function timeOfCommit(told: string): string | null {
  const [, day] = /^(\d{4}-\d{2}-\d{2})T/.exec(told) ?? [];
  const isDay = day !== undefined && isoOf(`${day}T00:00:00Z`)?.startsWith(day) === true;
  const isOfCommonYear = /^(?!0000)\d{4}-/.test(isoOf(told) ?? '');
  return isDay && isOfCommonYear ? told : null;
}

function isoOf(text: string): string | undefined {
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

/** Nobody is called so; what is longer fits into no index. */
const longestAuthor = 500;

/** @returns null for no name */
export function authorOfCommit(told: string): string | null {
  return told === '' ? null : told.slice(0, longestAuthor).toWellFormed();
}

/** A message goes into every list of runs. */
const longestMessage = 65_536;

/** What it says, up to a length that nobody reads; what is cut off is marked. */
export function messageOfCommit(told: string): string {
  return told.length <= longestMessage ? told : `${told.slice(0, longestMessage - 1).toWellFormed()}…`;
}
