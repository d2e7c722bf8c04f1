import { describe, expect, test } from 'vitest';
import { buildStep, head, pipelineOf, problemsOfSteps } from './read-pipeline.ts';

describe('steps', () => {
  test('that wait for each other are named as a path', () => {
    const problems = problemsOfSteps(
      '{ id: a, needs: [c], run: { image: x, commands: [x] } }',
      '{ id: b, needs: [a], run: { image: x, commands: [x] } }',
      '{ id: c, needs: [b], run: { image: x, commands: [x] } }',
    );

    expect(problems).toEqual([
      '4:21 steps wait for each other: a -> c -> b -> a (take one of these needs away)',
    ]);
  });

  test('need distinct ids', () => {
    expect(problemsOfSteps(buildStep, buildStep)).toEqual(["5:11 step id 'image' is used twice"]);
  });

  test('are of exactly one kind', () => {
    const both = '{ id: both, push: { image }, run: { image: x, commands: [x] } }';

    expect(problemsOfSteps(buildStep, '{ id: none }', both)).toEqual([
      "5:5 step 'none' does nothing (give it one of: build, push, run, deploy, approve, job, trigger)",
      "6:34 step 'both' is push and run at once (make two steps of it)",
    ]);
  });

  test('are told what contradicts itself beside what else is wrong with them', () => {
    const undo =
      '{ id: out, run-when: on-failure, deploy: { environment: No, manifests: a, undo: out, soak: 1 } }';
    const run = '{ id: test, run: { image: x, from: image, commands: x, env: { A: b }, secrets: { A: b } } }';
    const gate = '{ id: g, deploy: { environment: e, manifests: a, gates: [{ name: G, query: q }] } }';

    const problems = problemsOfSteps(buildStep, undo, run, gate).join('\n');

    for (const [line, part] of [
      [5, "a deploy step needs exactly one of 'manifests',"],
      [5, 'a name has 1 to 63'],
      [5, 'a duration is a whole number'],
      [6, "a run step needs either 'from'"],
      [6, "A has a value in 'env' already"],
      [6, 'expected a list, got text'],
      [7, "a gate needs 'min', 'max', 'baseline' or several of them"],
    ])
      expect(problems).toMatch(new RegExp(`^${line}:\\d+ .*${part}`, 'm'));
  });

  test('are not told to lack what may only be misspelt', () => {
    const run = '{ id: test, run: { imag: x, commands: [x] } }';

    expect(problemsOfSteps(run)).toEqual(["4:24 unknown key 'imag' (did you mean 'image'?)"]);
  });

  test('that use an image wait for its build', () => {
    const run = '{ id: test, needs: [], run: { from: image, commands: [x] } }';

    expect(problemsOfSteps(buildStep, run)).toEqual([
      "5:41 step 'test' uses the image of 'image' but does not wait for it (add 'image' to its needs)",
    ]);
  });

  test('that name a build step where an image is expected are told how to run in what it builds', () => {
    const run = '{ id: test, run: { image: image, commands: [x] } }';

    expect(problemsOfSteps(buildStep, run)).toEqual([
      "5:31 'image' is a build step, not an image that can be pulled (from: image runs in what it builds; docker.io/library/image is the one of Docker Hub)",
    ]);
  });

  test('that deploy an image to a workload come after its push', () => {
    const deploy = '{ id: out, deploy: { environment: e, workload: deployment/a, images: { app: image } } }';

    expect(problemsOfSteps(buildStep, deploy)).toEqual([
      "5:81 the image of 'image' is not pushed before step 'out' (add a push step, and its id to the needs of 'out')",
    ]);
  });

  test('that push without a name mean the only build, or the one called image', () => {
    const other = '{ id: other, build: { image: shop/other } }';
    const push = '{ id: push, push: { image } }';

    expect(pipelineOf(`${head}steps:\n  - ${other}\n  - ${push}\n`).steps[1]).toMatchObject({
      image: 'other',
    });
    expect(pipelineOf(`${head}steps:\n  - ${other}\n  - ${buildStep}\n  - ${push}\n`).steps[2]).toMatchObject(
      {
        image: 'image',
      },
    );
    expect(problemsOfSteps(other, other.replaceAll('other', 'third'), push)).toEqual([
      '6:25 it is not clear which image is pushed (name the build step: other, third)',
    ]);
    expect(problemsOfSteps(push)).toEqual(['4:25 there is no build step whose image could be pushed']);
  });

  test.each([
    ['run: { commands: [x] }', "a run step needs either 'from' (a build step) or 'image'"],
    [
      'deploy: { environment: e }',
      "a deploy step needs exactly one of 'manifests', 'kustomize', 'helm', 'workload' and 'undo'",
    ],
    ['deploy: { environment: e, workload: deployment/a }', "'workload' and 'images' belong together"],
    ['run: { image: x, commands: [x], timeout: 10 }', 'a duration is a whole number with a unit'],
    ['run: { image: x, commands: [x], timeout: 0s }', "'timeout' lasts from 1s to 7d"],
    ['run: { image: x, commands: [x], memory: 1Mi }', 'at least 6Mi'],
    ['run: { image: "a b", commands: [x] }', "'a b' is no image reference"],
    ['deploy: { environment: e, manifests: 3 }', 'expected text or a list, got the number 3'],
    ["deploy: { environment: e, manifests: ['!a'] }", 'a list that only excludes matches nothing'],
  ])('%s is refused', (step, message) => {
    expect(problemsOfSteps(`{ id: a, ${step} }`).join('\n')).toContain(message);
  });
});
