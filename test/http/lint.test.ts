import { expect, test } from 'vitest';
import { startHttp } from './start-http.ts';
import { testConfig } from './test-config.ts';

test('a file is checked with the names of this server, each mistake with its place; nothing else is shown or fetched', async () => {
  await using http = await startHttp();
  const lint = async (text: string, file = 'cart.yaml') => {
    const answer = await http.app.inject({
      method: 'POST',
      url: '/api/v1/lint',
      headers: await http.as('read'),
      payload: { text, file },
    });
    return { status: answer.statusCode, problems: answer.json().problems };
  };
  const steps = 'steps: [{ id: a, run: { image: busybox, commands: [ls] } }]\n';

  const good = await lint(`name: cart\nsource: { repository: shop }\n${steps}`);
  const bad = await lint(`name: cart\nsource: { repository: shpo }\n${steps.replace('commands', 'comands')}`);
  const fetching = await lint(
    `name: cart\nsource: { repository: shop }\ninclude: [{ repository: shop, file: a.yaml, revision: 1 }]\n${steps}`,
  );

  expect(good).toEqual({ status: 200, problems: [] });
  expect(bad.problems).toMatchObject([
    { file: 'cart.yaml', line: 2, column: 23, hint: "did you mean 'shop'?" },
    { line: 3, message: "'commands' is missing" },
    { line: 3, column: 41, message: "unknown key 'comands'" },
  ]);
  expect(fetching.problems).toMatchObject([
    { line: 3, message: expect.stringContaining('files of repositories are not read here') },
  ]);
  expect(Object.keys(testConfig.repositories)).toContain('shop');
});

test('whoever has not logged in gets no check, and what is too large is told so', async () => {
  await using http = await startHttp();
  const url = '/api/v1/lint';

  const stranger = await http.app.inject({ method: 'POST', url, payload: { text: 'name: cart' } });
  const headers = await http.as('read');
  const large = await http.app.inject({
    method: 'POST',
    url,
    headers,
    payload: { text: '#'.repeat(300_000) },
  });
  const huge = await http.app.inject({
    method: 'POST',
    url,
    headers,
    payload: { text: '#'.repeat(2_000_000) },
  });

  expect(stranger.statusCode).toBe(401);
  expect(large.json().problems).toMatchObject([{ message: 'the file is larger than 256 KiB' }]);
  expect(huge.statusCode).toBe(413);
});
