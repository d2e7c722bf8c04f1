import type { IncomingMessage } from 'node:http';
import { HttpProblem } from './problem.ts';

interface BodyLimits {
  /** Of one body. */
  most: number;
  /** Of each body so much is always taken, as other paths take it. */
  free: number;
  /** Of what is beyond that in all bodies that are being read. */
  atOnce: number;
}

/**
 * Reads bodies of which nobody knows yet who has sent them: a signature can be looked at only when a body is there as
 * a whole. However many strangers send large ones, they do not take all the memory.
 * @throws HttpProblem 413, and 503 while too much is being read
 */
export function createBodyReader({
  most,
  free,
  atOnce,
}: BodyLimits): (body: IncomingMessage) => Promise<Buffer> {
  let taken = 0;
  return (body) => {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const pieces: Buffer[] = [];
    let length = 0;
    let mine = 0;
    const take = (piece: Buffer) => {
      length += piece.length;
      const more = Math.max(0, length - free) - mine;
      if (length > most) return end(() => reject(tooLarge()));
      if (taken + more > atOnce) return end(() => reject(tooBusy()));
      taken += more;
      mine += more;
      pieces.push(piece);
    };
    const finish = () => end(() => resolve(Buffer.concat(pieces)));
    const fail = () => end(() => reject(cutOff()));
    const end = (settle: () => void) => {
      body.off('data', take).off('end', finish).off('error', fail).off('close', fail);
      taken -= mine;
      mine = 0;
      settle();
      // What still comes is let pass by, so that the sender gets to read the answer.
      body.on('error', () => {}).resume();
    };
    if (Number(body.headers['content-length'] ?? 0) > most) end(() => reject(tooLarge()));
    else body.on('data', take).once('end', finish).once('error', fail).once('close', fail);
    return promise;
  };
}

function tooLarge(): HttpProblem {
  return new HttpProblem({
    status: 413,
    code: 'body-too-large',
    detail: 'The body of the request is larger than this path takes.',
    hint: 'Send less; /openapi.json describes what is needed.',
  });
}

function cutOff(): HttpProblem {
  return new HttpProblem({
    status: 400,
    code: 'body-cut-off',
    detail: 'The body of the request ended before all of it had come.',
    hint: 'Send it again.',
  });
}

function tooBusy(): HttpProblem {
  return new HttpProblem({
    status: 503,
    code: 'too-busy',
    detail: 'The webhook was not read: too many others of its size are being read.',
    hint: 'Send it again; what it tells of is found by polling too.',
    headers: { 'retry-after': '5' },
  });
}
