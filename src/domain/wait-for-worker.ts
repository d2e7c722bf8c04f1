/** A worker as far as it matters to runs that wait. */
export interface WorkerChoice {
  labels: readonly string[];
  /** It lives, and takes runs. */
  isTaking: boolean;
}

/** Why a queued run waits although some place may be free: null where a worker can take it, or none has ever reported. */
export function waitForWorker(runsOn: readonly string[], workers: readonly WorkerChoice[]): string | null {
  const suited = workers.filter(({ labels }) => runsOn.every((label) => labels.includes(label)));
  if (suited.some(({ isTaking }) => isTaking)) return null;
  if (runsOn.length === 0 && workers.length === 0) return null;
  const why = suited.length === 0 ? 'there is none' : 'none takes runs now (trunkline workers says why)';
  return `waits for a worker${withLabels(runsOn)}; ${why}`;
}

function withLabels(labels: readonly string[]): string {
  if (labels.length === 0) return '';
  return ` with ${labels.length === 1 ? 'label' : 'labels'} ${labels.join(', ')}`;
}
