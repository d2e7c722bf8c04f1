import { expect, test } from 'vitest';
import type { Cause } from '../../src/clusters/cluster.ts';
import { taskSummary } from '../../src/clusters/swarm/evidence.ts';
import { toTasks } from '../../src/clusters/swarm/task.ts';
import { advise } from '../../src/domain/hint.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { diagnosisLines } from '../../src/steps/deploy/diagnosis-lines.ts';

const logs = { previous: 'no such table\n', current: 'starting\n' };

test('what failed in a swarm is told as a task, on Kubernetes as a pod, each with its last words', () => {
  const [task] = toTasks([{ ID: 'k1x', Slot: 1, NodeID: 'n1', Status: { State: 'failed' } }]);
  if (task === undefined) throw new Error('no task was read');

  expect(linesOf({ ...taskSummary(task), logs: { ...logs, previous: '' } })).toEqual([
    'hint: Find out who holds the port on that node.',
    'last lines of the container of task k1x:',
    '  starting',
  ]);
  expect(linesOf({ name: 'cart-1', logs })).toEqual([
    'hint: Find out who holds the port on that node.',
    'last lines of the previous container of pod cart-1:',
    '  no such table',
    'last lines of the container of pod cart-1:',
    '  starting',
  ]);
});

test('of further causes the text is told, with the workload where that is another one, and of a long log its end', () => {
  const current = Array.from({ length: 30 }, (_, line) => `line ${line}\n`).join('');
  const first = cause({ name: 'cart-1', logs: { previous: '', current } });
  const second = { ...cause({}), message: 'a quota', hint: null, evidence: {} };
  const elsewhere = { ...second, workload: 'deployment/web', message: 'another quota' };

  const lines = diagnosisLines({ headline: 'it crashes', causes: [first, second, elsewhere] });

  expect(lines.slice(0, 3)).toEqual([
    'hint: Find out who holds the port on that node.',
    'last lines of the container of pod cart-1:',
    '  line 10',
  ]);
  expect(lines.slice(-2)).toEqual(['also: a quota', 'also: deployment/web: another quota']);
});

function linesOf(pod: JsonObject): string[] {
  return diagnosisLines({ headline: 'it crashes', causes: [cause(pod)] });
}

function cause(pod: JsonObject): Cause {
  return {
    ...{ class: 'crash', workload: 'deployment/cart', container: 'api', pods: ['cart-1'] },
    ...{ message: 'it crashes', hint: advise('port-holder'), evidence: { pods: [pod] } },
  };
}
