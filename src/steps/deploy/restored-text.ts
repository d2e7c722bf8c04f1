import type { DeployStep } from '../../domain/pipeline.ts';

/** Why an earlier set is applied: `rolled back to r3 (cart #7) by rita`. */
export function restoredText({ label, corrects }: NonNullable<DeployStep['restore']>, by: string): string {
  return corrects ? `put back as ${label}, after changes by hand` : `rolled back to ${label} by ${by}`;
}
