import type {
  ProgressItem,
  ProgressItemState,
  ReportProgress,
  StepProgress,
} from '../domain/step-progress.ts';

interface Layer {
  state: ProgressItemState;
  text: string;
  done: number;
  /** null: Docker has not said it, or need not move it. */
  total: number | null;
}

/**
 * Reads the lines of a pull or a push (`{id, status, progressDetail: {current, total}}`) into a progress by layers.
 * Docker says the size of a layer only when it moves it, so the whole counts what is known by then.
 */
export function createLayerProgress(
  { phase, what }: { phase: 'base-image' | 'push'; what: string },
  report: ReportProgress = () => undefined,
): (line: object) => void {
  const layers = new Map<string, Layer>();
  return (line) => {
    const { id, status, progressDetail } = line as {
      id?: unknown;
      status?: unknown;
      progressDetail?: { current?: unknown; total?: unknown };
    };
    if (typeof id !== 'string' || typeof status !== 'string' || !/^[0-9a-f]{12}$/.test(id)) return;
    const before = layers.get(id);
    const state = stateOf(status);
    const moved = movedBytes(progressDetail, status, before);
    const total = moved?.total ?? before?.total ?? null;
    const done = state === 'done' ? (total ?? 0) : (moved?.done ?? before?.done ?? 0);
    layers.set(id, { state, text: status.toLowerCase(), done: Math.min(done, total ?? done), total });
    report(summary(phase, what, layers));
  };
}

function stateOf(status: string): ProgressItemState {
  if (/^(Waiting|Preparing|Pulling fs layer)/.test(status)) return 'waiting';
  return /^(Pull complete|Already exists|Layer already exists|Pushed|Mounted from)/.test(status)
    ? 'done'
    : 'working';
}

/** Unpacking counts anew, in other bytes: what was moved stays moved. */
function movedBytes(
  detail: { current?: unknown; total?: unknown } | undefined,
  status: string,
  before: Layer | undefined,
): { done: number; total: number } | undefined {
  if (status === 'Extracting' && before !== undefined && before.total !== null) {
    return { done: before.total, total: before.total };
  }
  const { current, total } = detail ?? {};
  return typeof current === 'number' && typeof total === 'number' && total > 0
    ? { done: current, total }
    : undefined;
}

function summary(phase: 'base-image' | 'push', what: string, layers: Map<string, Layer>): StepProgress {
  const all = [...layers.values()];
  const finished = all.filter(({ state }) => state === 'done').length;
  const text = `${what}: ${finished} of ${all.length} layers`;
  const items = [...layers].map(
    ([name, layer]): ProgressItem => ({ name, ...layer, done: layer.total === null ? null : layer.done }),
  );
  const moving = all.filter(({ total }) => total !== null);
  if (moving.length === 0) {
    return { phase, text, done: finished, total: all.length, unit: 'layers', items };
  }
  const sum = (of: (layer: Layer) => number) => moving.reduce((bytes, layer) => bytes + of(layer), 0);
  return {
    phase,
    text,
    done: sum(({ done }) => done),
    total: sum(({ total }) => total ?? 0),
    unit: 'bytes',
    items,
  };
}
