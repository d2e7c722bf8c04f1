import { expect, test } from 'vitest';
import { defaultBudgets } from '../../../src/clusters/kubernetes/budgets.ts';
import { createEvidenceReader } from '../../../src/clusters/kubernetes/evidence.ts';
import { findLostNodes } from '../../../src/clusters/kubernetes/lost-node.ts';
import { trackRollout } from '../../../src/clusters/kubernetes/tracker.ts';
import { waitFor } from '../../support/wait-for.ts';
import { answerJson, startApiServer } from './api-server.ts';
import { applied, container, deployment, judgeAll, look, pod, settings, start } from './looks.ts';

// One node cannot be lost and tell of it.

const never = new AbortController().signal;
const onNode = (nodeName: string, status = container({ running: { startedAt: '2026-01-01T10:00:00Z' } })) =>
  pod('a', status, { node: nodeName });

test('what is not ready on a lost node never counts against the release; what was hopeless before does', () => {
  const late = { now: start + 86_400_000, lostNodes: ['n1'] };
  const crashed = container(
    { waiting: { reason: 'CrashLoopBackOff' } },
    { restartCount: 1, lastState: { terminated: { exitCode: 1 } } },
  );
  const judgedOn = (node: string) =>
    judgeAll(look(deployment(), [onNode(node)]), look(deployment(), [onNode(node)], late));

  expect(judgedOn('n2')).toMatchObject({
    state: 'failed',
    troubles: [{ trouble: { class: 'never-ready' } }],
  });
  expect(judgedOn('n1')).toMatchObject({
    state: 'waiting',
    troubles: [{ trouble: { message: expect.stringMatching(/; its node n1 does not report any more$/) } }],
  });
  expect(judgeAll(look(deployment(), [onNode('n1', crashed)], late))).toMatchObject({ state: 'failed' });
});

test('once its node is back, a pod has its whole time anew', () => {
  const at = (now: number, lostNodes: string[] = []) =>
    look(deployment(), [onNode('n1')], { now, lostNodes });

  expect(judgeAll(at(start), at(start + 70_000, ['n1']), at(start + 80_000))).toMatchObject({
    state: 'waiting',
    recheckAt: start + 80_000 + defaultBudgets.neverReadyMs,
  });
});

test('a rollout asks the nodes of what it waits for before it fails, and goes on while one of them is lost', async () => {
  const running = onNode('n1', container({ running: { startedAt: '2026-01-01T10:00:00Z' } }));
  let isLost = true;
  await using server = await startApiServer(({ url = '' }, answer) => {
    if (url.includes('watch=')) return answer.writeHead(200).flushHeaders();
    if (url.includes('/nodes/')) return answerJson(answer, 200, nodeThatIs(isLost ? 'Unknown' : 'True'));
    const items = url.includes('/deployments') ? [deployment()] : url.includes('/pods') ? [running] : [];
    return answerJson(answer, 200, { metadata: { resourceVersion: '1' }, items });
  });
  const { api } = server;
  const evidence = createEvidenceReader(api, 'shop');
  const budgets = { ...defaultBudgets, neverReadyMs: 1_000, probeFactor: 0 };
  const rollout = { appliedAt: settings.appliedAt, workloads: [applied], objects: [], replaces: null };
  const names = { find: async () => ({ why: 'nobody asks' }) };
  const lines: string[] = [];
  const options = { soakMs: 0, onProgress: (line: string) => lines.push(line), onReport: () => undefined };

  const verdict = trackRollout(
    { api, namespace: 'shop', evidence, budgets, names },
    { rollout, options },
    never,
  );
  await waitFor(() => lines.some((line) => line.includes('its node n1 does not report any more')), {
    what: 'a line about the lost node',
  });
  isLost = false;

  expect(await verdict).toMatchObject({
    outcome: 'failed',
    diagnosis: { causes: [{ class: 'never-ready' }] },
  });
});

test('each node of the pods is asked once; one that may not be seen is not taken for lost', async () => {
  const answers: Record<string, [number, object]> = {
    n1: [200, nodeThatIs('Unknown')],
    n2: [200, nodeThatIs('True')],
    n3: [403, { message: 'nodes is forbidden' }],
  };
  await using server = await startApiServer(({ url = '' }, answer) => {
    const [status, body] = answers[url.split('/').at(-1) ?? ''] ?? [404, {}];
    answerJson(answer, status, body);
  });
  const pods = ['n1', 'n1', 'n2', 'n3', ''].map((node) => onNode(node));

  expect(await findLostNodes(server.api, pods, never)).toEqual(['n1']);
  expect(server.requests).toHaveLength(3);
});

function nodeThatIs(status: string) {
  return { status: { conditions: [{ type: 'Ready', status }] } };
}
