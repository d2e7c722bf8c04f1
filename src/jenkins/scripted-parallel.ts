import { plainText, type Statement, type Value } from './groovy-syntax.ts';
import { type JenkinsJob, noteIn } from './job.ts';
import type { Part } from './stage-parts.ts';

/** Maps of closures that a script puts together before it gives one to `parallel`. */
export interface Definitions {
  /** By the name of the map. */
  branches: ReadonlyMap<string, readonly Part[]>;
  /** What they were read from. */
  statements: ReadonlySet<Statement>;
}

/** `def all = [a: { ... }]`, `all['b'] = { ... }`, `all.c = { ... }`, of maps that a `parallel` runs. */
export function definitionsIn(statements: readonly Statement[]): Definitions {
  const flat = flatten(statements);
  const wanted = new Set(
    flat.filter(({ name }) => name === 'parallel').flatMap(({ args }) => args.map(plainText)),
  );
  const branches = new Map<string, Part[]>();
  const used = new Set<Statement>();
  for (const statement of flat) {
    const found = definedBy(statement);
    if (found === null || !wanted.has(found.map)) continue;
    used.add(statement);
    const known = branches.get(found.map) ?? [];
    known.push(...found.parts);
    branches.set(found.map, known);
  }
  return { branches, statements: used };
}

function definedBy({ name, args, named }: Statement): { map: string; parts: Part[] } | null {
  const [first, second] = args;
  if (named.size > 0) return null;
  if (name.endsWith('[]') && first?.kind === 'text' && second?.kind === 'closure')
    return { map: name.slice(0, -2), parts: [{ name: first.text, statements: second.block }] };
  const [, map, key] = /^(\w+)\.(\w+)$/.exec(name) ?? [];
  if (map !== undefined && key !== undefined && first?.kind === 'closure')
    return { map, parts: [{ name: key, statements: first.block }] };
  if (first?.kind === 'list' && first.items.length === 0)
    return { map: name, parts: closuresIn(first.named) };
  return null;
}

/** What a `parallel` runs side by side; what it has besides is told. */
export function branchesOf(job: JenkinsJob, statement: Statement, definitions: Definitions): Part[] {
  const { args, named, block, line } = statement;
  const note = noteIn(job, line);
  const lists = args.flatMap((one) => (one.kind === 'list' ? closuresIn(one.named) : []));
  const known = args.flatMap((one) => definitions.branches.get(plainText(one)) ?? []);
  const branches = [...closuresIn(named), ...lists, ...known];
  if (named.has('failFast'))
    note(
      'failFast',
      'when a step fails, those beside it go on to their end; cancel-in-progress is for newer runs',
    );
  const isMore = block !== null || args.some((one) => one.kind !== 'list' && !isKnown(one, definitions));
  if (branches.length === 0 || isMore)
    note('parallel, of what Groovy puts together', 'write a step for each, with the same needs');
  return branches;
}

function isKnown(value: Value, { branches }: Definitions): boolean {
  return (branches.get(plainText(value)) ?? []).length > 0;
}

function closuresIn(named: ReadonlyMap<string, Value>): Part[] {
  return [...named].flatMap(([name, value]) =>
    value.kind === 'closure' ? [{ name, statements: value.block }] : [],
  );
}

function flatten(statements: readonly Statement[]): Statement[] {
  return statements.flatMap((one) => [one, ...flatten(one.block ?? [])]);
}
