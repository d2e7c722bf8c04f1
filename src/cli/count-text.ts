import { InvalidArgumentError } from 'commander';

/** Checks how many entries of a list are wanted. @throws InvalidArgumentError */
export function countText(given: string): string {
  if (/^[1-9]\d{0,2}$/.test(given) && Number(given) <= 200) return given;
  throw new InvalidArgumentError('It is a number from 1 to 200.');
}
