import { describe, expect, it } from 'vitest';
import { gitAt } from '../scm/git/git-at.ts';
import { makeGitRepository } from '../support/git-repository.ts';
import { entry, file, startWith, steps } from './repository-pipeline-under-test.ts';

describe('a pipeline whose steps are in a Git repository', () => {
  const request = { request: { number: 7, source: 'feature', target: 'main' } };

  it('is read at the commit of the run', async () => {
    await using shop = await makeGitRepository();
    const first = await shop.commit({ files: { [file]: steps('a') } });
    await shop.commit({ files: { [file]: steps('b') } });
    await using git = await gitAt(shop.url);
    await using engine = await startWith(git.scm);

    const run = await engine.runToEnd({ branch: 'main', revision: first });

    expect(Object.keys(run.steps)).toEqual(['a']);
  });

  it('is that of the target branch for a merge request, unless the server trusts its own', async () => {
    await using shop = await makeGitRepository();
    const main = await shop.commit({ files: { [file]: steps('checked') } });
    const feature = await shop.commit({
      files: { [file]: steps('evil') },
      branch: 'feature',
      from: main,
    });
    await using git = await gitAt(shop.url);
    await using engine = await startWith(git.scm);
    const facts = { branch: 'feature', revision: feature, trigger: 'merge-request', told: request } as const;
    const trusting = entry('file: { path: ci/trunkline.yaml, merge-requests: source }');

    const run = await engine.runToEnd(facts);
    const trusted = await engine.runToEnd({ ...facts, pipeline: trusting });

    expect(Object.keys(run.steps)).toEqual(['checked']);
    expect(run).toMatchObject({ revision: feature, definition: { files: [{ revision: main }] } });
    expect(Object.keys(trusted.steps)).toEqual(['evil']);
  });

  it('is that of the target branch for a fork, whomever else the server trusts', async () => {
    await using shop = await makeGitRepository();
    await shop.commit({ files: { [file]: steps('checked') } });
    const revision = await shop.commit({ files: { [file]: steps('evil') }, branch: 'strange' });
    await shop.git('update-ref', 'refs/pull/7/head', revision);
    await shop.git('update-ref', '-d', 'refs/heads/strange');
    await using git = await gitAt(shop.url);
    await using engine = await startWith(git.scm);
    const told = { request: { ...request.request, isFork: true } } as const;
    const facts = { branch: 'pull/7', revision, trigger: 'merge-request', told } as const;

    const run = await engine.runToEnd({
      ...facts,
      pipeline: entry('file: { path: ci/trunkline.yaml, merge-requests: source }'),
    });

    expect(Object.keys(run.steps)).toEqual(['checked']);
    expect(run).toMatchObject({ outcome: 'succeeded', concurrency_group: 'cart/pull/7, merge request 7' });
  });

  it('fails where the file is not there', async () => {
    await using shop = await makeGitRepository();
    const revision = await shop.commit({ files: { 'a.txt': 'x' } });
    await using git = await gitAt(shop.url);
    await using engine = await startWith(git.scm);

    const run = await engine.runToEnd({ branch: 'main', revision });

    expect(run.outcome).toBe('failed');
    expect(run.reason).toMatch(/^cart\.yaml:4:7: the pipeline file cannot be read/);
  });
});
