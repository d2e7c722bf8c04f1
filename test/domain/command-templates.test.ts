import { expect, test } from 'vitest';
import { problemsOf } from './read-pipeline.ts';

function hintsOf(command: string, kind = 'run: { image: x'): (string | undefined)[] {
  return problemsOf(`name: cart
source: { repository: shop }
parameters: { size: { default: small } }
steps:
  - { id: image, build: { image: shop/cart } }
  - { id: push, push: { image } }
  - id: a
    ${kind}, commands: [${JSON.stringify(command)}] }
`).map(({ hint }) => hint);
}

test.each([
  ['docker tag x:${revision}', 'write $TRUNKLINE_REVISION; a variable of your own is $revision'],
  ['echo "on ${branch-slug}"', 'write $TRUNKLINE_BRANCH_SLUG'],
  ['echo ${short-revision}', "add env: { VALUE: '${short-revision}' }, and write $VALUE"],
  ['echo ${parameters.dry-run}', 'write $PARAM_DRY_RUN'],
  ['echo ${matrix.node}', 'write $MATRIX_NODE'],
  ['echo ${steps.a.outputs.v}', "add env: { VALUE: '${steps.a.outputs.v}' }, and write $VALUE"],
  ['curl -H ${secrets.token}', 'add secrets: { VARIABLE: token }, and write $VARIABLE'],
])('a value of Trunkline in a command, as in %s, is told, with how the command gets it', (command, hint) => {
  expect(hintsOf(command)).toEqual([hint]);
});

test.each([
  'echo ${HOME} ${x:-y} $revision "${PATH%%:*}"',
  "mvn -Drevision='${revision}' package",
  'echo \\${revision} "\\${branch}"',
  'branch=$(git branch); echo ${branch}',
  'for run in 1 2; do echo ${run}; done; read -r author; echo "${author}"',
  "cat > pom.xml <<'E'\n${revision}\nE",
])('what is the own of the shell is left to it: %s', (command) => {
  expect(hintsOf(command)).toEqual([]);
});

test('a variable of the step is its own, and a job has no variables of Trunkline', () => {
  expect(hintsOf('echo ${revision}', "run: { image: x, env: { revision: '${revision}' }")).toEqual([]);
  expect(hintsOf('echo ${parameters.size}', 'job: { environment: e, from: image')).toEqual([
    "add env: { VALUE: '${parameters.size}' }, and write $VALUE",
  ]);
});
