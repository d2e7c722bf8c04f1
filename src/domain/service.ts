/** A container beside a step. */
export interface Service {
  /** Under which the commands reach it. */
  name: string;
  image: string;
  /** null: the image's own. */
  command: string[] | null;
  /** Values are templates. */
  env: Record<string, string>;
  /** A line for its shell; null: the image's health check. */
  ready: string | null;
  readyWithinMs: number;
  memoryBytes: number | null;
}
