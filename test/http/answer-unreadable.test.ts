import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { startHttp } from './start-http.ts';

test.for([
  { what: 'two lengths', lines: ['Content-Length: 2', 'Content-Length: 3'], code: '400 malformed-request' },
  {
    what: 'a length and chunks',
    lines: ['Content-Length: 2', 'Transfer-Encoding: chunked'],
    code: '400 malformed-request',
  },
  { what: 'headers without end', lines: [`X-A: ${'a'.repeat(20_000)}`], code: '431 headers-too-large' },
])('a request with $what, which no route sees, is answered with problem details', async ({ lines, code }) => {
  await using http = await startHttp();
  const url = new URL(await http.app.listen({ host: '127.0.0.1', port: 0 }));
  const socket = connect(Number(url.port), url.hostname);

  socket.write(`${['POST /hooks/svn HTTP/1.1', 'Host: x', ...lines].join('\r\n')}\r\n\r\n{}`);
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');

  const problem = JSON.parse(body);
  expect(`${problem.status} ${problem.code}`).toBe(code);
  expect(head).toContain(`HTTP/1.1 ${problem.status} `);
  expect(head).toContain('application/problem+json');
  expect(problem.hint).toBeTypeOf('string');
});

test('a request without a host is answered with problem details, and one that expects what nobody knows as any other', async () => {
  await using http = await startHttp();
  const url = new URL(await http.app.listen({ host: '127.0.0.1', port: 0 }));
  const answerTo = async (lines: string[]) => {
    const socket = connect(Number(url.port), url.hostname);
    socket.write(`${['POST /hooks/svn HTTP/1.1', 'Connection: close', ...lines].join('\r\n')}\r\n\r\n{}`);
    const [, body = ''] = (await text(socket)).split('\r\n\r\n');
    const { status, code } = JSON.parse(body);
    return `${status} ${code}`;
  };
  const json = ['Content-Type: application/json', 'Content-Length: 2'];

  const answers = [await answerTo(json), await answerTo(['Host: x', 'Expect: wonders', ...json])];

  expect(answers).toEqual(['400 host-missing', '400 invalid-request']);
});
