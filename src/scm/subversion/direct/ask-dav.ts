import { readFile } from 'node:fs/promises';
import { type IncomingMessage, Agent as PlainAgent } from 'node:http';
import { Agent } from 'node:https';
import type { Credentials } from '../../../config/server-config.ts';
import { sendRequest } from '../../../outgoing/send-request.ts';
import { type Asked, type DirectAnswer, type DirectQuestion, Surprise } from './direct-question.ts';

/** What svn asks first; mod_dav_svn answers in headers. */
const question =
  '<?xml version="1.0" encoding="utf-8"?><D:options xmlns:D="DAV:"><D:activity-collection-set/></D:options>';

/** What is known from one question to the next. */
interface Talk {
  readonly url: URL;
  readonly agent: PlainAgent;
  readonly credentials: Credentials | null;
  /** The login goes with the first request from then on. */
  isLoginWanted: boolean;
}

/**
 * For mod_dav_svn: one request, as `svn info` begins too. No redirect is followed, and nothing but the headers of an
 * answer is read, whatever its length.
 */
export function askDav(asked: Asked): DirectQuestion {
  let begun: Promise<Talk> | undefined;
  return async (signal) => {
    begun ??= beginTalk(asked);
    try {
      const talk = await begun;
      return await ask(talk, AbortSignal.any([signal, AbortSignal.timeout(asked.deadlineMs)]));
    } catch (error) {
      // The file of the authority may be another one by then.
      begun = undefined;
      throw error;
    }
  };
}

async function beginTalk({ root, ca, clientCertificate = null, credentials }: Asked): Promise<Talk> {
  const url = new URL(root);
  const talk = { url, credentials, isLoginWanted: false };
  if (url.protocol === 'http:') return { ...talk, agent: new PlainAgent() };
  const files = {
    ...(ca !== null && { ca: await readFile(ca) }),
    ...(clientCertificate !== null && { pfx: await readFile(clientCertificate) }),
  };
  return { ...talk, agent: new Agent(files) };
}

async function ask(talk: Talk, signal: AbortSignal): Promise<DirectAnswer> {
  const first = await answerTo(talk, signal);
  const mayLogIn = first.statusCode === 401 && !talk.isLoginWanted && talk.credentials !== null;
  if (!mayLogIn || !asksForPlainLogin(first)) return identityIn(first, talk.url);
  talk.isLoginWanted = true;
  return identityIn(await answerTo(talk, signal), talk.url);
}

async function answerTo(
  { url, agent, credentials, isLoginWanted }: Talk,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const headers = {
    'content-type': 'text/xml',
    'content-length': Buffer.byteLength(question),
    'user-agent': 'Trunkline',
    ...(isLoginWanted && credentials !== null && { authorization: plainLogin(credentials) }),
  };
  const answer = await sendRequest(url, { method: 'OPTIONS', agent, headers, body: question, signal });
  return answer.on('error', () => {}).destroy();
}

function plainLogin({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`;
}

/** Where a server knows a better kind of login as well, svn takes that one. */
function asksForPlainLogin({ headers }: IncomingMessage): boolean {
  return /^basic +realm="[^"]*"(, *charset="?utf-8"?)?$/i.test(headers['www-authenticate'] ?? '');
}

function identityIn({ statusCode, headers }: IncomingMessage, url: URL): DirectAnswer {
  if (statusCode !== 200) throw new Surprise(`The server answered ${statusCode}`);
  const uuid = headers['svn-repository-uuid'];
  const head = headers['svn-youngest-rev'];
  const root = headers['svn-repository-root'];
  if (typeof uuid !== 'string' || typeof head !== 'string' || !/^\d{1,10}$/.test(head))
    throw new Surprise('The server does not say which repository it is, and where it stands');
  if (typeof root !== 'string' || withoutSlash(root) !== withoutSlash(url.pathname))
    throw new Surprise('It is not the root');
  return { uuid, head: Number(head) };
}

function withoutSlash(path: string): string {
  return path.replace(/\/$/, '');
}
