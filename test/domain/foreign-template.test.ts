import { expect, test } from 'vitest';
import { problemsOf } from './read-pipeline.ts';

test.each([
  ['${{ github.sha }}', 'one pair of braces: ${revision}'],
  ['${outputs.image.tag}', '${steps.ID.outputs.NAME}'],
  ['${needs.image.outputs.tag}', '${steps.ID.outputs.NAME}'],
  ['${params.size}', '${parameters.NAME}'],
  ['${secrets.TOKEN}', 'secrets: { VARIABLE: NAME }'],
  ['${env.HOME}', 'commands read the environment by themselves: $NAME'],
  ['${CI_COMMIT_SHA}', '${short-revision}'],
  ['${BRANCH_NAME}', '${branch-slug}'],
  ['${BUILD_NUMBER}', 'the number of the run is ${run}'],
  ['${TRUNKLINE_BRANCH_SLUG}', 'here it is ${branch-slug}'],
  ['${revison}', "did you mean 'revision'?"],
])('what other systems write as %s is answered with how it is written here', (written, hint) => {
  const problems = problemsOf(`name: cart
source: { repository: shop }
steps:
  - { id: a, run: { image: x, commands: [x], env: { A: '${written}' } } }
`);

  expect(problems).toHaveLength(1);
  expect(problems[0]?.hint).toContain(hint);
});

test('a step that reads an output of its own is told that this cannot be, and not to wait for itself', () => {
  const problems = problemsOf(`name: cart
source: { repository: shop }
steps:
  - { id: a, run: { image: x, commands: [x], env: { A: '\${steps.a.outputs.v}' } } }
`);

  expect(problems.map(({ message, hint }) => [message, hint])).toEqual([
    ["step 'a' reads an output of its own, which is there when it has ended", undefined],
  ]);
});
