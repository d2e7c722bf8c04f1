import type { JsonObject } from '../../domain/json.ts';
import { at, recordOf, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';

/** What came of a GET that the API server has passed on to a pod or Service. */
export type ProxiedAnswer =
  | { by: 'container'; status: number; text: string }
  /** Nobody listens there, or not in time; or, `isReached`, it ended the connection or spoke something else than HTTP. */
  | { by: 'nobody'; text: string; isReached: boolean }
  /** The API server itself says no. */
  | { by: 'server'; status: number; text: string };

const patienceMs = 4_000;

/** @returns null where the API server does not answer, or the path would lead to what our account alone may read */
export async function askThrough(
  api: Api,
  { place, path }: { place: string; path: string },
  signal: AbortSignal,
): Promise<ProxiedAnswer | null> {
  const limit = AbortSignal.timeout(patienceMs);
  const { pathname, searchParams } = new URL(`http://pod${place}${path}`);
  if (!pathname.startsWith(`${place}/`)) return null;
  const query = Object.fromEntries(searchParams);
  try {
    const { status, body } = await api.answer({ path: pathname, query }, AbortSignal.any([signal, limit]));
    return serverAnswer(status, body) ?? { by: 'container', status, text: lineOf(body) };
  } catch {
    signal.throwIfAborted();
    const text = `no answer within ${patienceMs / 1000} s`;
    return limit.aborted ? { by: 'nobody', text, isReached: false } : null;
  }
}

/** Only the text tells what the API server itself says from what came out of the pod. */
function serverAnswer(code: number, body: string): ProxiedAnswer | undefined {
  const status = parsed(body);
  const text = status.kind === 'Status' ? textOf(status.message) : body;
  if (text.includes('error trying to reach service')) {
    const failure = text.slice(text.indexOf('error trying to reach service') + 29).replace(/^[:'"\s]+/, '');
    return { by: 'nobody', text: lineOf(failure), isReached: !/\bdial\b/.test(failure) };
  }
  const isOwn = status.kind === 'Status' && at(status, 'apiVersion') === 'v1';
  return isOwn ? { by: 'server', status: code, text } : undefined;
}

function parsed(body: string): JsonObject {
  try {
    return recordOf(JSON.parse(body));
  } catch {
    return {};
  }
}

const mostUnits = 300;

/** Tags say nothing to a reader of one line. */
function lineOf(body: string): string {
  return body
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, mostUnits)
    .toWellFormed();
}
