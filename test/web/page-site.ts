import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { advise, joinHints } from '../../src/domain/hint.ts';
import { insertChanges } from '../../src/store/changes.ts';
import type { Db } from '../../src/store/database.ts';
import { deployed } from '../http/store-deployed.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { startPostgres } from '../support/postgres.ts';
import { openSite, type Site } from '../support/site.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { Trunkline } from '../support/trunkline.ts';
import { waitFor } from '../support/wait-for.ts';

/** A server with pipelines that need nothing but a Docker engine, and a browser to look at it with. */
export type PageSite = AsyncDisposable & { site: Site; trunkline: Trunkline; browser: TestBrowser };

export async function openPageSite(): Promise<PageSite> {
  await using opening = new AsyncDisposableStack();
  const site = opening.use(await openSite());
  await site.subversion.commit({ files: { 'trunk/services/cart/go.txt': 'no\n' } });
  const postgres = opening.use(await startPostgres());
  const settings = opening.use(await temporaryFolder());
  const kubeconfig = join(settings.path, 'kubeconfig');
  await writeFile(kubeconfig, nowhere);
  const config = site.config({ environments: environmentsOf(kubeconfig) });
  const trunkline = opening.use(
    await site.serve({ pipelines, config, environment: { DATABASE_URL: postgres.url } }),
  );
  const browser = opening.use(await openBrowser());
  await waitFor(
    async () => {
      const { items } = await trunkline.api.get<{ items: { state: string }[] }>('/api/v1/repositories');
      return items.every(({ state }) => state === 'ok');
    },
    { what: 'the first look at the repository', deadlineMs: 60_000 },
  );
  const opened = opening.move();
  return { site, trunkline, browser, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** As if two revisions of what `shipped` makes had become healthy in staging: no cluster is needed for that. */
export async function storeRollouts({ trunkline }: PageSite): Promise<void> {
  const { id } = await trunkline.api.requestRun('shipped');
  await trunkline.api.waitForEnd(id);
  await using store = await trunkline.openStore();
  await deployed(store.db, { number: 8, outcome: 'succeeded', runId: id });
  await deployed(store.db, { number: 9, outcome: 'succeeded', runId: id });
  await storeUsage(store.db, id);
  const place = { id: 'between', repository: 'shop', generation: 1, branch: 'trunk', move: 9, revision: '9' };
  const about = { author: 'ann', committedAt: null, message: 'Sell more', pathCount: 1, eventId: null };
  const paths = [{ path: 'services/cart/go.txt', action: 'added', kind: 'file' } as const];
  await insertChanges(store.db, [{ ...place, ...about, paths }]);
}

/** As if a rollout had failed because no node takes its pods. @returns its run */
export async function storeFailedRollout({ trunkline }: PageSite): Promise<string> {
  const { id } = await trunkline.api.requestRun('shipped');
  await trunkline.api.waitForEnd(id);
  await using store = await trunkline.openStore();
  const { deployId } = await deployed(store.db, {
    number: 4,
    outcome: 'failed',
    runId: id,
    workload: 'deployment/tea',
  });
  const node = { node: 'node1', free: { cpu: '0.5', memory: '1 Gi' }, why: ['cpu: 2 asked, 0.5 of 2 free'] };
  const events = [{ at: '2026-01-01T10:00:00Z', reason: 'FailedScheduling', message: 'no room', count: 3 }];
  const pods = [{ name: 'tea-1', node: '', containers: [], events, logs: {} }];
  const causes = [
    {
      ...{ class: 'unschedulable', workload: 'deployment/tea', container: null, pods: ['tea-1'], newPods: 2 },
      message: 'no node takes the pod',
      hint: joinHints(advise('tolerate'), advise('or-add-node')),
      evidence: { pods, placement: { nodes: [node] } },
    },
    { message: 'the readiness gate is not open', hint: 'Written by an older version.', evidence: {} },
  ];
  const evidence = {
    headline: 'no node takes the pod',
    causes,
    changes: ['deployment/tea: spec.replicas: 1 -> 2'],
  };
  await store.db
    .updateTable('deployment')
    .set({ evidence: JSON.stringify(evidence), cause: evidence.headline })
    .where('deploy_id', '=', deployId)
    .execute();
  await store.db
    .updateTable('run')
    .set({ outcome: 'failed', reason: evidence.headline })
    .where('id', '=', id)
    .execute();
  return id;
}

/** As if this run were of a branch, by an author and for a reason that take far more room than a line has. */
export async function storeLongWords({ trunkline }: PageSite, runId: string): Promise<void> {
  await using store = await trunkline.openStore();
  const [word, text] = ['long'.repeat(50), '很长的说明'.repeat(40)];
  await store.db
    .updateTable('run')
    .set({ branch: `branches/${word}`, author: word, message: text, requested_by: word, reason: word })
    .where('id', '=', runId)
    .execute();
}

/** As if the cluster had told what the pods of these rollouts take. */
async function storeUsage(db: Db, runId: string): Promise<void> {
  const took = (cpuMillis: number) => ({ pods: 2, cpuMillis, memoryBytes: 2 ** 24, source: 'cadvisor' });
  const output = JSON.stringify({ usage: { before: took(5), after: took(7) } });
  await db.updateTable('step').set({ output }).where('run_id', '=', runId).execute();
  await db.updateTable('deployment').set({ step_id: 'production' }).where('run_id', '=', runId).execute();
}

/** Nothing is deployed to them: there is no cluster, and production is frozen. */
function environmentsOf(kubeconfig: string) {
  const kubernetes = { kubeconfig, namespace: 'shop' };
  const freeze = [{ cron: '* * * * *', for: '1h', reason: 'stocktaking' }];
  return { staging: { kubernetes }, production: { kubernetes, freeze } };
}

const nowhere = JSON.stringify({
  ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'nowhere' },
  clusters: [{ name: 'nowhere', cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ name: 'nobody', user: {} }],
  contexts: [{ name: 'nowhere', context: { cluster: 'nowhere', user: 'nobody' } }],
});

/** A pipeline of one step per entry, which needs those that are named. */
function pipeline(
  name: string,
  steps: Record<string, { script: string; needs?: string[] }>,
  head = '',
): string {
  const lines = Object.entries(steps).map(([id, { script, needs }]) => {
    const needed = needs === undefined ? '' : `needs: [${needs.join(', ')}], `;
    return `  - { id: ${id}, ${needed}run: { image: 'trunkline-test/base:1', commands: [${JSON.stringify(script)}] } }`;
  });
  return `name: ${name}\nsource: { repository: shop, path: services/cart }\n${head}steps:\n${lines.join('\n')}\n`;
}

export const longName = 'a-service-that-somebody-gave-a-name-of-very-many-words';

const pipelines = {
  cart: pipeline(
    'cart',
    {
      compile: {
        script:
          'for i in $(seq 1 300); do echo "compiling file $i"; done; printf "\\033[31mred words\\033[0m\\n"',
      },
      unit: { script: 'echo "<b>not markup</b>"; sleep 1; echo "the needle"', needs: ['compile'] },
      lint: { script: 'echo linting', needs: ['compile'] },
      pack: { script: 'echo "packed $PARAM_SIZE, dry run: $PARAM_DRY_RUN"', needs: ['unit', 'lint'] },
    },
    "parameters: { size: { type: choice, options: [small, large], default: small }, dry-run: { type: boolean, default: false }, label: { pattern: '[a-z]*', default: none } }\n" +
      "on: { commit: { branches: [trunk], paths: ['**', '!**/*.md'] } }\n",
  ),
  broken: pipeline('broken', {
    check: { script: 'echo "expected 3, got 2"; exit 1' },
    ship: { script: 'echo never' },
  }),
  endless: pipeline('endless', { wait: { script: 'echo waiting; sleep 600' } }),
  gated: `name: gated
source: { repository: shop, path: services/cart }
steps:
  - { id: signoff, approve: { by: [release], message: Ready to go? } }
  - { id: ship, run: { image: 'trunkline-test/base:1', commands: ['echo shipped'] } }
`,
  shipped: `name: shipped
source: { repository: shop, path: services/cart }
steps:
  - { id: production, deploy: { environment: production, manifests: deploy/*.yaml } }
`,
  suites: `name: suites
source: { repository: shop, path: services/cart }
steps:
  - { id: lint, allow-failure: true, run: { image: 'trunkline-test/base:1', commands: [exit 1] } }
  - { id: test, needs: [], matrix: { axes: { node: [20, 22] } }, run: { image: 'trunkline-test/base:1', commands: ['true'] } }
  - { id: nightly, when: { trigger: [schedule] }, run: { image: 'trunkline-test/base:1', commands: ['true'] } }
  - { id: tell, needs: [lint, test], run-when: on-failure, run: { image: 'trunkline-test/base:1', commands: ['true'] } }
`,
  [longName]: pipeline(longName, {
    'a-step-that-somebody-gave-a-name-of-many-words': { script: 'echo done' },
  }),
  elsewhere: 'name: elsewhere\nsource: { repository: shop, path: services/cart }\nfile: ci/not-there.yaml\n',
  mistyped:
    'name: mistyped\nsource: { repository: shop }\nsteps:\n  - { id: image, biuld: { context: . } }\n',
};
