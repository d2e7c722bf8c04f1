import { createHmac } from 'node:crypto';
import type { Credentials } from '../../../config/server-config.ts';
import { type Conversation, openConversation } from './conversation.ts';
import { type Asked, type DirectQuestion, Surprise } from './direct-question.ts';
import type { Item } from './read-item.ts';

const protocolVersion = 2;
const usualPort = '3690';

/** For svnserve: in its own protocol, what `svn info` asks too; the last question is whether the root may be read. */
export function askSvnserve({ root, credentials, deadlineMs }: Asked): DirectQuestion {
  const { hostname, port } = new URL(root);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const partner = { host, port: Number(port || usualPort), deadlineMs };
  return async (signal) => {
    using server = openConversation(partner, signal);
    const uuid = await introduce(server, root, credentials);
    const [head] = await ask(server, '( get-latest-rev ( ) ) ', credentials);
    if (typeof head !== 'number' || !Number.isSafeInteger(head)) throw new Surprise('No revision');
    const [entry] = await ask(server, `( stat ( 0: ( ${head} ) ) ) `, credentials);
    if (!Array.isArray(entry) || entry.length !== 1) throw new Surprise('The root is not there');
    return { uuid, head };
  };
}

/** @returns the repository's UUID */
async function introduce(
  server: Conversation,
  root: string,
  credentials: Credentials | null,
): Promise<string> {
  const [oldest, newest] = partsOf(await server.hear());
  const isSpoken = Number(oldest) <= protocolVersion && Number(newest) >= protocolVersion;
  if (!isSpoken) throw new Surprise('Another version of the protocol');
  server.say(`( ${protocolVersion} ( edit-pipeline ) ${stringOf(root)} ${stringOf('Trunkline')} ( ) ) `);
  await logIn(server, credentials);
  const [uuid, rootUrl] = partsOf(await server.hear());
  if (typeof uuid !== 'string' || rootUrl !== root) throw new Surprise('It is not the root');
  return uuid;
}

/** A login may be asked for in front of each answer: for the root, say, but not for the newest revision. */
async function ask(
  server: Conversation,
  command: string,
  credentials: Credentials | null,
): Promise<readonly Item[]> {
  server.say(command);
  await logIn(server, credentials);
  return partsOf(await server.hear());
}

/** Chooses as svn does: to be nobody in particular where that is enough. No mechanism at all means: no login. */
async function logIn(server: Conversation, credentials: Credentials | null): Promise<void> {
  const [offered] = partsOf(await server.hear());
  if (!Array.isArray(offered)) throw new Surprise('No list of mechanisms');
  if (offered.length === 0) return;
  const isOffered = (name: string) => offered.some((mechanism) => isWord(mechanism, name));
  if (isOffered('ANONYMOUS')) server.say('( ANONYMOUS ( 0: ) ) ');
  else if (isOffered('CRAM-MD5') && credentials !== null) await prove(server, credentials);
  else throw new Surprise('No login that is known here');
  partsOf(await server.hear());
}

async function prove(server: Conversation, { username, password }: Credentials): Promise<void> {
  server.say('( CRAM-MD5 ( ) ) ');
  const [challenge] = partsOf(await server.hear(), 'step');
  if (typeof challenge !== 'string') throw new Surprise('No challenge');
  const proof = createHmac('md5', password.reveal()).update(challenge, 'latin1').digest('hex');
  server.say(`${stringOf(`${username} ${proof}`)} `);
}

/** Those of an answer: `( success ( PART ... ) )`. */
function partsOf(answer: Item, kind = 'success'): readonly Item[] {
  const [found, parts] = Array.isArray(answer) ? answer : [];
  if (isWord(found, kind) && Array.isArray(parts)) return parts;
  throw new Surprise(`Another answer than "${kind}"`);
}

function isWord(item: Item | undefined, word: string): boolean {
  return typeof item === 'object' && 'word' in item && item.word === word;
}

/** Its length is counted in bytes. */
function stringOf(text: string): string {
  return `${Buffer.byteLength(text)}:${text}`;
}
