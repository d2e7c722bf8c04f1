import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.ts';
import { gitAt } from './git-at.ts';

test('who waits for the fetch of another leaves at the signal', async () => {
  await using stack = new AsyncDisposableStack();
  let calls = 0;
  const server = createServer((socket) => {
    calls += 1;
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stack.defer(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const source = stack.use(await gitAt(`http://127.0.0.1:${port}/shop.git`));
  const place = { path: 'a.yaml', revision: 'a'.repeat(40) };
  const [first, second] = [new AbortController(), new AbortController()];
  const underWay = source.scm.readFile(place, first.signal).catch((error: unknown) => error);
  await waitFor(async () => calls > 0, { what: 'the first fetch' });

  const waiting = source.scm.readFile(place, second.signal);
  second.abort(new Error('the run was cancelled'));

  await expect(waiting).rejects.toThrow('the run was cancelled');
  first.abort(new Error('the end'));
  expect(await underWay).toMatchObject({ message: 'the end' });
});
