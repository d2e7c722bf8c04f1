import { describe, expect, test } from 'vitest';
import { noTriggers } from '../../src/domain/no-triggers.ts';
import { renderProblem } from '../../src/domain/problem.ts';
import { everyCommit } from './every-commit.ts';
import { asText, buildStep, head, pipelineOf, problemsOf, problemsOfSteps } from './read-pipeline.ts';

describe('a correct file', () => {
  test('has its defaults filled in and its times in milliseconds', () => {
    const pipeline = pipelineOf(`${head}on: { commit: {} }
steps:
  - { id: image, build: { image: shop/cart } }
  - { id: test, run: { from: image, commands: [npm test], timeout: 90s, memory: 1Gi } }
  - { id: push, push: { image } }
  - { id: out, deploy: { environment: staging, manifests: deploy/*.yaml } }
`);

    expect(pipeline.on.commit).toEqual({ ...everyCommit, branches: ['trunk', 'main', 'master'] });
    expect(pipeline.concurrency).toEqual({ group: '${branch}', queue: 'fifo' });
    expect(pipeline.steps).toMatchObject([
      {
        kind: 'build',
        needs: [],
        timeoutMs: 3_600_000,
        context: '.',
        dockerfile: 'Dockerfile',
        target: null,
      },
      { kind: 'run', needs: ['image'], timeoutMs: 90_000, from: { step: 'image' }, memoryBytes: 1024 ** 3 },
      { kind: 'push', needs: ['test'], timeoutMs: 900_000, image: 'image', tags: ['r${revision}-${run}'] },
      { kind: 'deploy', needs: ['push'], timeoutMs: 600_000, manifests: ['deploy/*.yaml'], soakMs: 10_000 },
    ]);
    expect(pipeline.steps.map((step) => step.retry)).toEqual(Array(4).fill({ max: 5, on: ['fault'] }));
  });

  test('may have no commit trigger at all', () => {
    expect(pipelineOf(`${head}steps:\n  - ${buildStep}\n`).on).toEqual(noTriggers);
  });

  test('has its paths in one spelling', () => {
    const pipeline = pipelineOf(`name: cart
source: { repository: shop, path: ./services//cart/ }
steps:
  - { id: image, build: { context: ./app/, dockerfile: ./docker/Dockerfile, image: shop/cart } }
`);

    expect(pipeline.source.path).toBe('services/cart');
    expect(pipeline.steps[0]).toMatchObject({ context: 'app', dockerfile: 'docker/Dockerfile' });
  });

  test('names each part of a sparse tree once, and none within another', () => {
    const pipeline = pipelineOf(`name: cart
source: { repository: shop, path: java, only: [./libs//common/, libs/common/src, build.gradle, build.gradle, lib, 'lib/*', ./tools//*, './*'] }
steps:
  - ${buildStep}
`);

    expect(pipeline.source).toEqual({
      repository: 'shop',
      path: 'java',
      only: ['libs/common', 'build.gradle', 'lib', 'tools/*', '*'],
    });
  });

  test.each([
    ['[]', 'an empty list leaves nothing'],
    ['[.]', 'this is the whole tree'],
    ["['libs/**']", 'this is a pattern'],
    ["['libs/*.c']", 'this is a pattern'],
    ['[../other]', "a path with '..'"],
  ])('has no sparse tree of %s', (only, message) => {
    const problems = problemsOf(
      `name: cart\nsource: { repository: shop, only: ${only} }\nsteps:\n  - ${buildStep}\n`,
    );

    expect(problems).toEqual([expect.objectContaining({ message: expect.stringContaining(message) })]);
  });

  test('may share values by anchors', () => {
    const pipeline = pipelineOf(`${head}steps:
  - { id: a, build: { image: shop/a, args: &args { VERSION: 'r\${revision}' } } }
  - { id: b, build: { image: shop/b, args: *args } }
`);

    expect(pipeline.steps).toMatchObject([
      { args: { VERSION: 'r${revision}' } },
      { args: { VERSION: 'r${revision}' } },
    ]);
  });

  test('names a workload instead of manifests', () => {
    const pipeline = pipelineOf(`${head}steps:
  - ${buildStep}
  - { id: push, push: { image } }
  - { id: out, deploy: { environment: staging, workload: deployment/cart, images: { app: image }, soak: 0s } }
`);

    expect(pipeline.steps[2]).toMatchObject({
      manifests: [],
      workload: { kind: 'deployment', name: 'cart', images: { app: 'image' } },
      soakMs: 0,
    });
  });
});

describe('mistakes', () => {
  test('are told all at once, in order, with place and suggestion', () => {
    const problems = problemsOf(`nmae: cart
source: { repository: shop, path: ../x }
on: { commit: { revisions: lates } }
steps:
  - { id: image, build: { image: shop/cart, privileged: true } }
  - { id: test, needs: [imag], run: { from: imgae, commands: npm test } }
`);

    expect(problems.map(asText)).toEqual([
      "1:1 'name' is missing",
      "1:1 unknown key 'nmae' (did you mean 'name'?)",
      "2:35 a path with '..' may leave the checked-out tree",
      "3:28 expected one of: every, latest (did you mean 'latest'?)",
      "5:45 unknown key 'privileged' (known here: context, dockerfile, image, args, target, timeout, retry, idle-timeout)",
      "6:25 step 'test' needs 'imag', which does not exist (did you mean 'image'?)",
      "6:45 there is no build step 'imgae' (did you mean 'image'?)",
      "6:62 expected a list, got text (a list stands in [brackets], or on lines that begin with '- ')",
    ]);
  });

  test('are shown with their line and a caret under the place', () => {
    const [problem] = problemsOf(
      'name: cart\nsource: { repo: shop, repository: shop }\nsteps: [{ id: a, build: { image: a } }]\n',
    );

    expect(problem && renderProblem(problem, { color: false })).toBe(
      [
        "cart.yaml:2:11: unknown key 'repo'",
        '  source: { repo: shop, repository: shop }',
        '            ^',
        "  did you mean 'repository'?",
      ].join('\n'),
    );
  });

  test('are shown without what could steer a terminal', () => {
    const [problem] = problemsOf('"na\\e[2Jme": 1\nx: \u001b[2J\n');

    expect(problem && renderProblem(problem, { color: false })).not.toContain('\u001b');
  });

  test('notify is told to have its place in the file of the server', () => {
    const problems = problemsOf(`${head}on: { notify: true }\nsteps:\n  - ${buildStep}\n`);

    expect(problems.map(asText)).toEqual([
      "3:7 'notify' is refused (who is told of runs stands in trunkline.yaml, under 'notify')",
    ]);
  });

  test('a step of a kind that there is not on purpose is told once', () => {
    expect(problemsOfSteps(buildStep, '{ id: tests, notify: { db: {} } }')).toEqual([
      "5:18 'notify' is refused (who is told of runs stands in trunkline.yaml, under 'notify')",
    ]);
  });
});

describe('what a file can never say', () => {
  test.each([
    ['{ id: a, build: { image: evil.example.com/cart } }', 'a built image has no host in its name'],
    ['{ id: a, build: { image: localhost/cart } }', 'a built image has no host in its name'],
    ['{ id: a, build: { image: "cart:1" } }', 'a built image has no tag and no digest in its name'],
    ['{ id: a, build: { image: Cart } }', "'Cart' is no image name"],
    ['{ id: a, build: { image: a, context: /etc } }', 'an absolute path leaves the checked-out tree'],
    ['{ id: a, build: { image: a, context: "https://example.com/x.git" } }', 'a URL is no path'],
    [
      '{ id: a, build: { image: a, dockerfile: x/../../y } }',
      "a path with '..' may leave the checked-out tree",
    ],
    ['{ id: a, build: { image: a, context: .SVN } }', "'.svn' is not part of the tree"],
    ['{ id: a, run: { image: a, commands: [x], privileged: true } }', "unknown key 'privileged'"],
    ['{ id: a, run: { image: a, commands: [x], volumes: [/:/host] } }', "unknown key 'volumes'"],
    ['{ id: a, deploy: { environment: e, manifests: ../x } }', "a pattern has no '.' or '..' segments"],
    ['{ id: a, deploy: { environment: e, manifests: a, kubeconfig: x } }', "unknown key 'kubeconfig'"],
    [
      '{ id: a, deploy: { environment: e, manifests: a, serviceAccount: x } }',
      "unknown key 'serviceAccount'",
    ],
    ['{ id: A_b, build: { image: a } }', 'a name has 1 to 63 lower-case letters'],
  ])('%s', (step, message) => {
    expect(problemsOfSteps(step).join('\n')).toContain(message);
  });
});

describe('templates', () => {
  test('that read an unknown value are placed at it', () => {
    expect(problemsOfSteps(buildStep, "{ id: push, push: { image, tags: ['v${revison}'] } }")[0]).toMatch(
      /^5:41 \$\{revison\} cannot be read here/,
    );
  });

  test('of tags cannot hold what a tag cannot hold', () => {
    const problems = problemsOfSteps(buildStep, "{ id: push, push: { image, tags: ['${branch}', 'a b'] } }");

    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain('${branch} cannot be read here');
    expect(problems[1]).toContain('a tag has letters');
  });
});
