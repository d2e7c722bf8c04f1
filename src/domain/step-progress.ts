export const progressPhases = [
  'checkout',
  'context',
  'command',
  'base-image',
  'build',
  'push',
  'apply',
  'rollout',
  'soak',
  'rollback',
  'pause',
] as const;
export type ProgressPhase = (typeof progressPhases)[number];

export const progressUnits = ['bytes', 'files', 'steps', 'layers', 'pods', 'seconds'] as const;
export type ProgressUnit = (typeof progressUnits)[number];

export const progressItemStates = ['waiting', 'working', 'done', 'failed'] as const;
export type ProgressItemState = (typeof progressItemStates)[number];

/** How far a step has come at one moment: whole by itself, so that only the newest one counts. */
export interface StepProgress {
  phase: ProgressPhase;
  /** One line for people. */
  text: string;
  /** In `unit`, as `total` is. */
  done: number;
  /** null: nobody knows how much there is. */
  total: number | null;
  unit: ProgressUnit;
  /** What goes on side by side: layers of an image, pods of a rollout. */
  items: ProgressItem[];
}

/** Called as often as there is news; costs nothing and cannot fail. */
export type ReportProgress = (progress: StepProgress) => void;

export interface ProgressItem {
  name: string;
  state: ProgressItemState;
  text: string | null;
  /** In the unit that its kind suggests (bytes of a layer); null where there is nothing to count. */
  done: number | null;
  total: number | null;
}

const mostItems = 100;
const longestText = 300;

/** The same progress, its texts changed by `change` and of a size that can be stored several times a second. */
export function storableProgress(progress: StepProgress, change: (text: string) => string): StepProgress {
  const short = (text: string) => change(text).slice(0, longestText).toWellFormed();
  const items = progress.items.slice(0, mostItems).map((item) => ({
    ...item,
    name: short(item.name),
    text: item.text === null ? null : short(item.text),
  }));
  return { ...progress, text: short(progress.text), items };
}
