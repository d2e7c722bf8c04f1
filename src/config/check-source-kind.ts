import { memberOf, textAt } from '../domain/member.ts';
import type { Problem } from '../domain/problem.ts';
import type { YamlDocument, YamlPath } from '../domain/yaml-document.ts';
import { checkPipeline, type KnownNames } from './check-pipeline.ts';

/** What only one kind of repository can tell, as its place under `on`, and what comes of it with the other kind. */
const ofOneKind: { kind: 'svn' | 'git'; path: YamlPath; effect: string }[] = [
  {
    kind: 'svn',
    path: ['commit', 'revision-properties'],
    effect: 'every one of them is an empty text here',
  },
  { kind: 'git', path: ['merge-request'], effect: 'this starts nothing' },
  { kind: 'git', path: ['gitlab-pipeline'], effect: 'this starts nothing' },
];

/** A branch of Git that is renamed is one that is deleted and another that is made. */
const branchCasesOfSubversion = ['renamed', 'replaced'];

const kinds = { svn: 'Subversion', git: 'Git' } as const;

/** As `checkPipeline`, and what a pipeline asks of its repository that this kind of repository never says. */
export function namesAndKinds(document: YamlDocument, config: KnownNames): Problem[] {
  return [...checkPipeline(document, config), ...checkSourceKind(document, config)];
}

/** Told by `lint` alone: on a server it keeps nothing else of the pipeline from working. */
function checkSourceKind(document: YamlDocument, { repositories }: KnownNames): Problem[] {
  const { value } = document;
  const repository = textAt(memberOf(value, 'source'), 'repository');
  const kind = repository === null ? undefined : repositories[repository]?.kind;
  if (kind === undefined) return [];
  const is = `'${repository}' is a ${kinds[kind]} repository`;
  const strange = ofOneKind.filter((one) => one.kind !== kind && isWritten(value, ['on', ...one.path]));
  const problems = strange.map(({ kind: other, path, effect }) =>
    document.problemAt(['on', ...path], {
      message: `${is}, and only ${kinds[other]} has '${path.at(-1)}': ${effect}`,
      hint: 'leave it out',
    }),
  );
  return kind === 'git' ? [...problems, ...strangeBranchCases(document, is)] : problems;
}

function strangeBranchCases(document: YamlDocument, is: string): Problem[] {
  const events = memberOf(memberOf(memberOf(document.value, 'on'), 'branch'), 'events');
  if (!Array.isArray(events)) return [];
  return events.flatMap((event, index) =>
    branchCasesOfSubversion.includes(event)
      ? document.problemAt(['on', 'branch', 'events', index], {
          message: `${is}, and only in Subversion is a branch '${event}': this starts nothing`,
          hint: "write 'created' or 'deleted'",
        })
      : [],
  );
}

function isWritten(value: unknown, path: YamlPath): boolean {
  const written = path.reduce<unknown>((inner, key) => memberOf(inner, String(key)), value);
  return written !== undefined && written !== null && written !== false;
}
