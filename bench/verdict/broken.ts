import { catalogue } from '../../test/clusters/kubernetes/catalogue/catalogue.ts';
import { type CatalogueRow, manifestOf } from '../../test/clusters/kubernetes/catalogue/row.ts';
import { startRollouts } from '../../test/clusters/kubernetes/rollouts-under-test.ts';
import { kubernetes } from '../../test/support/kubernetes.ts';
import { startRegistry } from '../../test/support/registry.ts';
import { runCommand } from '../../test/support/run-command.ts';
import { type Figure, figureOf } from '../figures.ts';
import { type Observer, startObserver } from './sight.ts';

/** On top of the window that the catalogue grants. */
const graceSeconds = 5;
const sideBySide = 3;
/** From the apply, for what is hopeless at once and needs nobody's second attempt. */
const missingImageSeconds = 12;
/** Longer than the deadline that Deployments have by default: 600 s. */
const kubectlSeconds = 640;

/**
 * Every row of the catalogue with the default budgets: from the moment at which the cluster shows the cause to our
 * verdict. Beside it, from the apply, the verdict of `kubectl rollout status`.
 */
export async function benchBroken(): Promise<Figure[]> {
  const { kubeconfig } = await kubernetes();
  using observer = await startObserver(kubeconfig);
  await using open = await startRegistry();
  await using closed = await startRegistry({ username: 'node', password: 'let me in' });
  const registries = { open: open.host, closed: closed.host };
  const waiting = catalogue.filter(({ spec }) => spec === undefined);
  const ended: Promise<Figure[]>[] = [];
  // A node that starts all of them at once would be what is measured.
  const few = Array.from({ length: sideBySide }, async () => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
      const { figures } = await benchRow(row, { observer, registries });
      ended.push(figures);
    }
  });
  await Promise.all(few);
  return (await Promise.all(ended)).flat();
}

/** @returns once we have a verdict; the figures come when kubectl has one too */
async function benchRow(
  row: CatalogueRow,
  { observer, registries }: { observer: Observer; registries: { open: string; closed: string } },
): Promise<{ figures: Promise<Figure[]> }> {
  await using opened = new AsyncDisposableStack();
  const rollouts = opened.use(await startRollouts());
  await row.prepare?.(rollouts);
  const shown = observer.firstSight(rollouts.namespace, row.isShown);
  const applied = await rollouts.apply(manifestOf(row, registries));
  const appliedAt = performance.now();
  const kubectl = secondsOfKubectl(rollouts, row);
  const verdict = await rollouts.watch(applied);
  const endedAt = performance.now();
  const told = 'diagnosis' in verdict ? verdict.diagnosis.causes[0]?.class : verdict.outcome;
  const isMissingImage = row.class === 'image-missing';
  const since = isMissingImage ? appliedAt : await shown;
  // A wrong class is no verdict.
  const ours = told === row.class ? (endedAt - since) / 1000 : Number.POSITIVE_INFINITY;
  const atMost = isMissingImage ? missingImageSeconds : row.windowMs / 1000 + graceSeconds;
  const from = isMissingImage ? 'from the apply' : 'from its first sign';
  const facts = { figure: `${row.what}, ${from}: ${told}`, unit: 's', goals: [{ of: 'ours.max', atMost }] };
  const owned = opened.move();
  const figures = kubectl
    .then((floor) => figureOf(facts, [{ ours, floor }]))
    .finally(() => owned.disposeAsync());
  return { figures };
}

/** From the apply to kubectl's verdict; Infinity when it has none. */
async function secondsOfKubectl(
  { kubeconfig, namespace }: Awaited<ReturnType<typeof startRollouts>>,
  { kind = 'Deployment' }: CatalogueRow,
): Promise<number> {
  const since = performance.now();
  const place = ['--kubeconfig', kubeconfig, '-n', namespace];
  const asked = ['rollout', 'status', `${kind.toLowerCase()}/cart`, `--timeout=${kubectlSeconds}s`];
  const deadlineMs = (kubectlSeconds + 60) * 1000;
  const failure = await runCommand('kubectl', [...place, ...asked], { deadlineMs }).then(
    () => undefined,
    (error: unknown) => String(error),
  );
  if (failure === undefined || /timed out waiting/.test(failure)) return Number.POSITIVE_INFINITY;
  return (performance.now() - since) / 1000;
}
