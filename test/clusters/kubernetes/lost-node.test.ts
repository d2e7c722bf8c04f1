import { expect, test } from 'vitest';
import { findLostNodes } from '../../../src/clusters/kubernetes/lost-node.ts';
import { answerJson, startApiServer } from './api-server.ts';
import { container, deployment, judgeAll, look, pod, start } from './looks.ts';

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

test('each node of the pods is asked once; one that may not be seen is not taken for lost', async () => {
  const answers: Record<string, [number, object]> = {
    n1: [200, { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } }],
    n2: [200, { status: { conditions: [{ type: 'Ready', status: 'True' }] } }],
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
