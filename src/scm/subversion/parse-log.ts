import { SaxesParser, type SaxesTagPlain } from 'saxes';
import type { ChangedPath, Revision } from '../../domain/change.ts';
import { authorOfCommit, messageOfCommit, timeOfCommit } from '../../domain/commit-facts.ts';
import { UnreadableData } from './svn-fault.ts';

/** What XML 1.0 forbids and Subversion lets through: control characters in names, non-characters in messages. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters it is about.
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/**
 * The entries of `svn log --xml -v`, each as soon as it is complete; holds no more than one at a time.
 * Forbidden characters become U+FFFD. No entity but XML's own five is known.
 * @throws UnreadableData when the text is not well-formed, cut short, or declares a document type
 */
export async function* parseLog(chunks: AsyncIterable<Buffer>): AsyncGenerator<Revision, void> {
  const complete: Revision[] = [];
  const parser = entryParser((revision) => complete.push(revision));
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    parser.write(decoder.decode(chunk, { stream: true }).replace(forbidden, '\uFFFD'));
    yield* complete.splice(0);
  }
  parser.close();
}

/** The revision property by which a commit says that a CI run has made it. */
const ciRunProperty = 'ci:run';

type Attributes = SaxesTagPlain['attributes'];

function entryParser(onEntry: (revision: Revision) => void): SaxesParser {
  const parser = new SaxesParser();
  let entry = emptyRevision('');
  let path: Attributes = {};
  let property: Attributes = {};
  let text = '';
  parser.on('error', (cause) => {
    throw new UnreadableData('Reading the log of a Subversion server failed: it is not well-formed XML', {
      cause,
    });
  });
  parser.on('doctype', () => parser.fail('a document type is not accepted'));
  parser.on('opentag', ({ name, attributes }) => {
    text = '';
    if (name === 'logentry') entry = emptyRevision(attributes.revision ?? '');
    if (name === 'path') path = attributes;
    if (name === 'property') property = attributes;
  });
  parser.on('text', (piece) => {
    text += piece;
  });
  const closers: Readonly<Record<string, () => void>> = {
    author: () => {
      entry.author = authorOfCommit(text);
    },
    date: () => {
      entry.committedAt = timeOfCommit(text);
    },
    msg: () => {
      entry.message = messageOfCommit(text);
    },
    property: () => keepProperty(entry, property, text),
    path: () => entry.paths.push(changedPath(text, path)),
    logentry: () => onEntry(entry),
  };
  parser.on('closetag', ({ name }) => closers[name]?.());
  return parser;
}

/** Who commits can set as many as they like, and as long. */
const mostProperties = 50;
const mostValue = 1_000;

/** Values that XML cannot hold come in Base64. */
function keepProperty(entry: Revision, { name = '', encoding }: Attributes, text: string): void {
  const value = (encoding === 'base64' ? Buffer.from(text, 'base64').toString() : text)
    .slice(0, mostValue)
    .toWellFormed()
    .replaceAll(forbidden, '\uFFFD');
  if (name === ciRunProperty) entry.ciRun = value;
  const isOwn = name === '' || name === ciRunProperty || name.startsWith('svn:');
  if (isOwn || Object.keys(entry.properties ?? {}).length >= mostProperties) return;
  entry.properties = Object.fromEntries([...Object.entries(entry.properties ?? {}), [name, value]]);
}

/** A revision of which nothing but its number is known. */
export function emptyRevision(revision: string): Revision {
  return { revision, author: null, committedAt: null, message: '', paths: [] };
}

const actions: Readonly<Record<string, ChangedPath['action']>> = { A: 'added', D: 'deleted', R: 'replaced' };
const kinds: Readonly<Record<string, ChangedPath['kind']>> = { file: 'file', dir: 'directory' };

function changedPath(text: string, attributes: Attributes): ChangedPath {
  const source = attributes['copyfrom-path'];
  const revision = attributes['copyfrom-rev'];
  const action = actions[attributes.action ?? ''] ?? 'modified';
  const isPropertyOnly =
    action === 'modified' && attributes['prop-mods'] === 'true' && attributes['text-mods'] === 'false';
  const hasProperties = action === 'added' && attributes['prop-mods'] === 'true' && attributes.kind === 'dir';
  return {
    path: withoutSlash(text),
    action,
    kind: kinds[attributes.kind ?? ''] ?? 'unknown',
    ...(source !== undefined &&
      revision !== undefined && { copiedFrom: { path: withoutSlash(source), revision } }),
    ...(isPropertyOnly && { isPropertyOnly }),
    ...(hasProperties && { hasProperties }),
  };
}

function withoutSlash(path: string): string {
  return path.replace(/^\//, '');
}
