import { SaxesParser } from 'saxes';
import { attemptOn, type SubversionRepository } from './repository.ts';
import { runSvn } from './run-svn.ts';

/** svnsync writes it down when a revision has its true author and date, too. */
const property = 'svn:sync-last-merged-rev';

/**
 * Up to which revision svnsync has written everything.
 * @returns null for what is no mirror
 * @throws Fault when the repository cannot be asked
 */
export async function mirroredUpTo(
  repository: SubversionRepository,
  signal: AbortSignal,
): Promise<number | null> {
  const { root, limits } = repository;
  const command = {
    // Of a revision nothing is looked up at another one: a peg would be taken for a part of the address.
    args: ['proplist', '--revprop', '--revision', '0', '--verbose', '--xml', '--', root],
    attempt: attemptOn(repository, 'Asking whether svnsync keeps', root),
    totalMs: limits.queryMs,
    idleMs: limits.queryMs,
  };
  const output: Buffer[] = [];
  for await (const chunk of runSvn(await repository.client(), command, signal)) output.push(chunk);
  const text = propertyIn(Buffer.concat(output).toString());
  return /^\d{1,10}$/.test(text) ? Number(text) : null;
}

function propertyIn(xml: string): string {
  const parser = new SaxesParser();
  let name = '';
  let value = '';
  parser.on('doctype', () => parser.fail('a document type is not accepted'));
  parser.on('opentag', ({ attributes }) => {
    name = attributes.name ?? '';
  });
  parser.on('text', (piece) => {
    if (name === property) value += piece;
  });
  parser.write(xml).close();
  return value.trim();
}
