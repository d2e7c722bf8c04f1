import type { LogLine } from './telling-line.ts';

/** What a container of a pod has written. */
export interface ContainerLine extends LogLine {
  /** `pod/container` */
  source: string;
  /** Names the container, and the pod where there are several, for people; null: there is but one. */
  container: string | null;
  /** Rises from line to line of a source. */
  mark: string;
}

/** Up to where each log was given before: `pod/container` -> `ContainerLine.mark`. */
export type ReadUpTo = Readonly<Record<string, string>>;

/** What the new pods write, as it comes, each line once. */
export interface LogWish {
  /** `one`: of each container that of one pod alone; `all`: of every new pod. */
  of: 'one' | 'all';
  readUpTo: ReadUpTo;
  onLine(line: ContainerLine): void;
}
