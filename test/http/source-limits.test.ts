import { expect, test } from 'vitest';
import { startHttp } from './start-http.ts';

test('a sender that has left before it is counted is no fault of the server', async () => {
  await using http = await startHttp();
  await http.app.listen({ host: '127.0.0.1', port: 0 });
  // What a reset leaves of the connection, while the answer can still be seen here.
  http.app.server.prependListener('request', ({ socket }) =>
    Object.defineProperty(socket, 'remoteAddress', { value: undefined }),
  );

  const answer = await fetch(`${http.app.listeningOrigin}/hooks/svn`, { method: 'POST' });

  expect(answer.status).toBe(400);
  expect(http.logged.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
});
