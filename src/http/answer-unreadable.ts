import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

/** Ends a connection on which something came that cannot be read as a request: there is no request to answer to. */
export function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const { status, ...problem } = problems[error.code ?? ''] ?? malformed;
  const title = STATUS_CODES[status] ?? 'Error';
  const body = JSON.stringify({ type: `urn:trunkline:problem:${problem.code}`, title, status, ...problem });
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroy(error);
}

const malformed = {
  status: 400,
  code: 'malformed-request',
  detail: 'What was sent is no request of HTTP.',
  hint: 'Give either "Content-Length" or "Transfer-Encoding: chunked", once. TLS is not spoken here.',
};

const problems: Readonly<Record<string, typeof malformed>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'request-too-slow',
    detail: 'The request did not come whole in time.',
    hint: 'Send it again.',
  },
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'headers-too-large',
    detail: 'The headers of the request are larger than is taken.',
    hint: 'Send fewer or shorter ones: cookies, perhaps.',
  },
};
