import type { ServerResponse } from 'node:http';

/** What a server in trouble does to requests. `expired`: it no longer knows from where a watch is to go on. */
export type TroubleKind = 'refused' | 'reset' | 'silent' | 'too many requests' | 'unavailable' | 'expired';

/** A new request while there is trouble. @returns whether that was its answer, or it will have none */
export function meetTrouble(kind: TroubleKind, path: string, answer: ServerResponse): boolean {
  if (kind === 'expired') return isWatch(path) && expire(answer);
  if (kind === 'too many requests') return refuse(answer, 429);
  if (kind === 'unavailable') return refuse(answer, 503);
  if (kind !== 'silent') answer.socket?.resetAndDestroy();
  return true;
}

/** What was under way when the trouble began. An answer that has not begun is one whose request goes on inside. */
export function strikeAnswer(kind: TroubleKind, path: string, answer: ServerResponse): void {
  if (kind === 'reset' || kind === 'refused') {
    answer.socket?.resetAndDestroy();
    // At once: what is held is not to be led on.
    answer.destroy();
  } else if (kind === 'silent') answer.cork();
  else if (answer.headersSent && isWatch(path)) expire(answer);
}

function isWatch(path: string): boolean {
  return path.includes('watch=true');
}

function refuse(answer: ServerResponse, status: number): true {
  const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, message: 'in trouble' };
  answer.writeHead(status, { 'content-type': 'application/json', 'retry-after': '1' });
  answer.end(JSON.stringify(body));
  return true;
}

function expire(answer: ServerResponse): true {
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 410, reason: 'Expired' };
  if (!answer.headersSent) answer.writeHead(200, { 'content-type': 'application/json' });
  answer.end(
    `${JSON.stringify({ type: 'ERROR', object: { ...status, message: 'too old resource version' } })}\n`,
  );
  return true;
}
