import { randomBytes } from 'node:crypto';

/** The values of a label and of an annotation alike. */
export function newDeployId(): string {
  return randomBytes(10).toString('hex');
}
