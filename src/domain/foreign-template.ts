import { templateNames } from './template.ts';

/** What is written so in other systems, and how it is here; null: none of them. */
export function foreignTemplateHint(name: string): string | null {
  const [, own = ''] = /^TRUNKLINE_(\w+)$/.exec(name) ?? [];
  const meant = templateNames.find((known) => known === own.toLowerCase().replaceAll('_', '-'));
  if (meant !== undefined) return `that is the variable of commands; here it is \${${meant}}`;
  return hints.find(({ pattern }) => pattern.test(name))?.hint ?? null;
}

const hints = [
  { pattern: /^\{/, hint: 'one pair of braces: ${revision}' },
  {
    pattern: /^(?:outputs|needs|jobs|steps?)\./,
    hint: "an output of an earlier step is ${steps.ID.outputs.NAME}; its commands write 'NAME=value' to $TRUNKLINE_OUTPUT",
  },
  { pattern: /^(?:params|inputs|parameter)\./, hint: 'a parameter is ${parameters.NAME}' },
  {
    pattern: /^secrets?\./,
    hint: 'a secret is a variable of the step: secrets: { VARIABLE: NAME }, and the commands read it as $VARIABLE',
  },
  { pattern: /^(?:env|vars?|variables)\./, hint: 'commands read the environment by themselves: $NAME' },
  {
    pattern: /^(?:CI_COMMIT_SHA|GIT_COMMIT|SVN_REVISION|DRONE_COMMIT(?:_SHA)?|github\.sha|commit|sha)$/,
    hint: 'what the run is of is ${revision}, or ${short-revision}',
  },
  {
    pattern: /^(?:CI_COMMIT_(?:BRANCH|REF_NAME)|GIT_BRANCH|BRANCH_NAME|github\.ref(?:_name)?)$/,
    hint: 'the branch is ${branch}, or ${branch-slug} in a tag',
  },
  {
    pattern: /^(?:BUILD_NUMBER|CI_PIPELINE_IID|github\.run_number|build)$/,
    hint: 'the number of the run is ${run}',
  },
] as const;
