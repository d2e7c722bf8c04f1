import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const [pointer, address4, noSuchName] = [12, 1, 3];

/**
 * No server of names is installed on every machine: this one knows some names by their addresses, and addresses by their
 * names, and of all others that there are none; `null` lets it answer nothing.
 */
export async function startNameServer(known: Record<string, string> | null) {
  const asked: string[] = [];
  const socket = createSocket('udp4', (question, from) => {
    const { name, type, end } = readQuestion(question);
    asked.push(name);
    if (known === null) return;
    const value = type === pointer || type === address4 ? known[name] : undefined;
    const code = known[name] === undefined ? noSuchName : 0;
    const head = Buffer.from([0x81, 0x80 + code, 0, 1, 0, value === undefined ? 0 : 1, 0, 0, 0, 0]);
    const data = value === undefined ? Buffer.alloc(0) : record(type, value);
    const answer = Buffer.concat([question.subarray(0, 2), head, question.subarray(12, end), data]);
    socket.send(answer, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function readQuestion(question: Buffer) {
  const labels: string[] = [];
  let at = 12;
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: question.readUInt16BE(at + 1), end: at + 5 };
}

/** One answer of RFC 1035 about the name that was asked for. */
function record(type: number, value: string): Buffer {
  const data =
    type === address4
      ? Buffer.from(value.split('.').map(Number))
      : Buffer.concat([
          ...value.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
          Buffer.from([0]),
        ]);
  return Buffer.concat([Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 30, 0, data.length]), data]);
}
