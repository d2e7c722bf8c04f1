import type { Refusal } from '../../cluster.ts';
import { type Block, parseCorefile, type Token } from './corefile-tokens.ts';

/** Above a `forward .` that names our servers: what it named before. */
const note = '# trunkline: before it was';
const none = 'nothing';

/** Sets the targets of `forward .` in the block for `.`, or gives back those that were there before. */
export function editUpstream(text: string, upstream: string[] | null): string | Refusal {
  const root = parseCorefile(text)?.blocks.find(({ keys }) =>
    keys.some((key) => /^(dns:\/\/)?\.(:\d+)?$/.test(key)),
  );
  if (root === undefined) return { refusal: 'the Corefile has no server block for "."' };
  const forwards = root.directives.filter(
    ([first, second]) => first?.text === 'forward' && second?.text === '.',
  );
  if (forwards.length > 1) {
    if (upstream === null) return text;
    return { refusal: 'the Corefile has several "forward ." in the block for ".": leave one of them' };
  }
  const [forward] = forwards;
  if (forward !== undefined) return edited(text, forward, upstream);
  if (upstream === null) return text;
  if (root.directives.some(([first]) => first?.text === 'import'))
    return { refusal: 'the block for "." has no "forward ." of its own but imports others: write it there' };
  return inserted(text, root, upstream);
}

function edited(text: string, forward: Token[], upstream: string[] | null): string | Refusal {
  const targets = forward.slice(2).filter((word) => word.text !== '{');
  const [first, last] = [targets[0], targets.at(-1)];
  if (first === undefined || last === undefined)
    return upstream === null ? text : { refusal: 'the Corefile has a "forward ." without servers: mend it' };
  const line = text.lastIndexOf('\n', forward[0]?.start ?? 0) + 1;
  const named = { line, from: first.start, to: last.end, note: noteBefore(text, line) };
  return upstream === null ? givenBack(text, forward, named) : taken(text, named, upstream.join(' '));
}

interface Named {
  /** Where the line begins. */
  line: number;
  /** Where its servers begin and end. */
  from: number;
  to: number;
  note: { start: number; servers: string } | undefined;
}

function taken(text: string, { line, from, to, note: known }: Named, servers: string): string {
  const before = text.slice(from, to);
  if (before === servers) return text;
  const indent = /^[ \t]*/.exec(text.slice(line))?.[0] ?? '';
  const remark = known === undefined ? `${indent}${note} ${before}\n` : '';
  return text.slice(0, line) + remark + text.slice(line, from) + servers + text.slice(to);
}

function givenBack(text: string, forward: Token[], { line, from, to, note: known }: Named): string | Refusal {
  if (known === undefined) return text;
  if (known.servers === none) return withoutLine(text, { forward, from: known.start });
  return text.slice(0, known.start) + text.slice(line, from) + known.servers + text.slice(to);
}

function inserted(text: string, root: Block, upstream: string[]): string {
  const at = text.lastIndexOf('\n', root.close) + 1;
  const lines = `    ${note} ${none}\n    forward . ${upstream.join(' ')}\n`;
  // A brace that shares its line with other words.
  if (text.slice(at, root.close).trim() !== '')
    return `${text.slice(0, root.close)}\n${lines}${text.slice(root.close)}`;
  return `${text.slice(0, at)}${lines}${text.slice(at)}`;
}

function withoutLine(text: string, { forward, from }: { forward: Token[]; from: number }): string | Refusal {
  if (forward.at(-1)?.text === '{')
    return {
      refusal: 'somebody has given options to the "forward ." that Trunkline wrote: take it out by hand',
    };
  const after = text.indexOf('\n', forward[0]?.start ?? from);
  return text.slice(0, from) + text.slice(after + 1);
}

/** The note in the line above, if that is one. */
function noteBefore(text: string, start: number): { start: number; servers: string } | undefined {
  const from = text.lastIndexOf('\n', start - 2) + 1;
  const line = text.slice(from, start).trim();
  return line.startsWith(note) ? { start: from, servers: line.slice(note.length).trim() } : undefined;
}
