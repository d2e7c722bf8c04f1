import { expect, test } from 'vitest';
import { runningProcesses } from '../cluster/running-processes.ts';
import { runProcessGroup } from '../process-group.ts';
import { waitFor } from '../wait-for.ts';

test('a process group that is ended early leaves none of its processes', async () => {
  const interrupted = new AbortController();
  const marker = `100${Math.floor(Math.random() * 1e6)}`;
  const isRunning = async () => (await runningProcesses('sleep')).some(({ args }) => args[1] === marker);
  const running = runProcessGroup({
    command: 'sh',
    args: ['-c', `sh -c 'trap "" TERM; sleep ${marker} & wait; wait' & wait`],
    stdio: 'ignore',
    signal: interrupted.signal,
  });
  await waitFor(isRunning, { what: 'the grandchild to run' });

  interrupted.abort();

  expect(await running).toBeNull();
  await waitFor(async () => !(await isRunning()), { what: 'the grandchild to be gone' });
});

test('a process group that ends by itself has its exit code', async () => {
  const signal = new AbortController().signal;

  const code = await runProcessGroup({ command: 'sh', args: ['-c', 'exit 7'], stdio: 'ignore', signal });

  expect(code).toBe(7);
});
