import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { nameServerAt } from '../../../../src/clusters/kubernetes/dns/dns-health.ts';

const found = 0;
const noSuchName = 3;

/** No server of names is installed on every machine: this one answers every question with one code of RFC 1035. */
async function startNames(code: number | null) {
  const socket = createSocket('udp4', (question, from) => {
    if (code === null) return;
    const head = Buffer.from([0x81, 0x80 + code, 0, 1, 0, code === found ? 1 : 0, 0, 0, 0, 0]);
    const asked = question.subarray(12, question.indexOf(0, 12) + 5);
    const isSix = asked.at(-3) === 28;
    const length = isSix ? 16 : 4;
    const fixed = [0xc0, 12, 0, isSix ? 28 : 1, 0, 1, 0, 0, 0, 30, 0, length];
    const answer = Buffer.from(code === found ? [...fixed, ...new Array<number>(length).fill(10)] : []);
    socket.send(Buffer.concat([question.subarray(0, 2), head, asked, answer]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

test.concurrent.for([
  ['a name that resolves', found, 'found'],
  ['a name that there is none of, which is an answer', noSuchName, 'unknown'],
  ['no answer at all', null, 'silent'],
] as const)('%s is told from the others', async ([, code, told]) => {
  await using names = await startNames(code);

  expect(await nameServerAt(names.address).ask('git.corp.example.com')).toBe(told);
});
