import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/domain/fault.ts';
import { rerunRun, retryRun } from '../../src/runs/repeat-run.ts';
import { insertChanges, insertDecisions } from '../../src/store/changes.ts';
import { subversionAt } from '../scm/subversion/subversion-at.ts';
import { startSubversion } from '../support/subversion.ts';
import { succeeded } from './engine-under-test.ts';
import { entry, file, startWith, steps } from './repository-pipeline-under-test.ts';

describe('a pipeline whose steps are in a Subversion repository', () => {
  it('has those of the revision of each run', async () => {
    await using shop = await startSubversion();
    const first = await shop.commit({ files: { [`trunk/${file}`]: steps('a') } });
    const second = await shop.commit({ files: { [`trunk/${file}`]: steps('b', 'c') } });
    await using subversion = await subversionAt(shop.root);
    await using engine = await startWith(subversion.scm);

    const older = await engine.runToEnd({ revision: String(first) });
    const newer = await engine.runToEnd({ revision: String(second) });

    expect(older).toMatchObject({ outcome: 'succeeded', steps: { a: { outcome: 'succeeded' } } });
    expect(Object.keys(newer.steps)).toEqual(['b', 'c']);
    expect(newer.definition).toMatchObject({
      files: [{ file, repository: 'shop', revision: String(second), sha256: expect.any(String) }],
    });
  });

  it('fails with the place of what is wrong, and all of it in the log', async () => {
    await using shop = await startSubversion();
    const revision = await shop.commit({
      files: { [`trunk/${file}`]: 'steps:\n  - { id: a, rnu: { image: x } }\nname: web\n' },
    });
    await using subversion = await subversionAt(shop.root);
    await using engine = await startWith(subversion.scm);

    const run = await engine.runToEnd({ revision: String(revision) });

    expect(run).toMatchObject({
      outcome: 'failed',
      reason: `${file}:2:14: unknown key 'rnu' (and 1 more: see the log)`,
      steps: {},
    });
    expect(engine.log.join('')).toContain(
      "  - { id: a, rnu: { image: x } }\n               ^\n  did you mean 'run'?",
    );
  });

  it('fails where the file is not there, with the line of the server that names it', async () => {
    await using shop = await startSubversion();
    const revision = await shop.commit({ files: { 'trunk/services/cart/a.txt': 'x' } });
    await using subversion = await subversionAt(shop.root);
    await using engine = await startWith(subversion.scm);

    const run = await engine.runToEnd({ revision: String(revision) });

    expect(run.outcome).toBe('failed');
    expect(run.reason).toMatch(/^cart\.yaml:4:7: the pipeline file cannot be read: .*ci\/trunkline\.yaml/);
  });

  it('fails before any step where the server has not allowed it to start another pipeline', async () => {
    await using shop = await startSubversion();
    const text = `${steps('a')}  - { id: next, when: { trigger: [schedule] }, trigger: { pipeline: release } }\n`;
    const revision = String(await shop.commit({ files: { [`trunk/${file}`]: text } }));
    await using subversion = await subversionAt(shop.root);
    await using engine = await startWith(subversion.scm);
    const allowing = entry('file: { path: ci/trunkline.yaml, starts: [release] }');

    const refused = await engine.runToEnd({ revision });
    const allowed = await engine.runToEnd({ revision, pipeline: allowing });

    expect(refused).toMatchObject({
      outcome: 'failed',
      reason: `${file}:3:69: the steps of 'cart' are in its repository and may not start 'release'`,
      steps: {},
    });
    expect(allowed).toMatchObject({ outcome: 'succeeded', steps: { next: { outcome: 'skipped' } } });
  });

  it('includes files of the same revision, and of no other repository', async () => {
    await using shop = await startSubversion();
    const fragment = 'templates: { t: { run: { image: busybox, commands: [pwd] } } }\n';
    const include = (from: string) => `include: [${from}]\nsteps: [{ id: a, extends: t }]\n`;
    const good = await shop.commit({
      files: { [`trunk/${file}`]: include('{ file: ci/shared.yaml }'), 'trunk/ci/shared.yaml': fragment },
    });
    const bad = await shop.commit({
      files: {
        [`trunk/${file}`]: include(`{ repository: secrets, file: a.yaml, revision: ${'a'.repeat(40)} }`),
      },
    });
    await using subversion = await subversionAt(shop.root);
    await using engine = await startWith(subversion.scm);

    const run = await engine.runToEnd({ revision: String(good) });
    const refused = await engine.runToEnd({ revision: String(bad) });

    expect(run.definition).toMatchObject({
      steps: [{ id: 'a', commands: ['pwd'] }],
      files: [{}, { file: 'ci/shared.yaml' }],
    });
    expect(refused).toMatchObject({ outcome: 'failed' });
    expect(refused.reason).toContain('includes files of that repository only, shop');
  });

  it('asks its conditions of what the commits of the run have touched', async () => {
    await using shop = await startSubversion();
    const when = (path: string) => `when: { paths: [${path}] }, run: { image: busybox, commands: [ls] }`;
    const revision = await shop.commit({
      files: {
        [`trunk/${file}`]: `steps:\n  - { id: a, ${when('src/**')} }\n  - { id: b, needs: [], ${when('docs/**')} }\n`,
      },
    });
    await using subversion = await subversionAt(shop.root);
    await using engine = await startWith(subversion.scm);
    const place = {
      repository: 'shop',
      generation: 1,
      branch: 'trunk',
      move: revision,
      revision: String(revision),
    };
    const runId = await engine.createRun(entry().pipeline, {
      pipeline: entry(),
      ...place,
      trigger: 'commit',
    });
    const id = randomUUID();
    const paths = [{ path: 'services/cart/src/a.ts', action: 'modified' as const, kind: 'file' as const }];
    const told = { author: 'a', committedAt: null, message: '', paths, pathCount: 1, eventId: null };
    await insertChanges(engine.db, [
      { id, ...place, ...told } as Parameters<typeof insertChanges>[1][number],
    ]);
    await insertDecisions(engine.db, [
      { change_id: id, pipeline: 'cart', verdict: 'run', filters: [], run_id: runId },
    ]);

    const run = await engine.toEnd(runId);

    expect(run.steps).toMatchObject({ a: { outcome: 'succeeded' }, b: { outcome: 'skipped' } });
    expect(run.steps.b?.reason).toContain('nothing has changed that it is for');
  });

  it('is the same in a retry, and read again with the file of today in a rerun', async () => {
    await using shop = await startSubversion();
    const revision = await shop.commit({ files: { [`trunk/${file}`]: steps('a', 'b') } });
    await using subversion = await subversionAt(shop.root);
    await using engine = await startWith(subversion.scm);
    engine.behaviour.last = async () => {
      throw new Fault('docker-unreachable', 'no engine', { isRetryable: false });
    };
    const first = await engine.runToEnd({ revision: String(revision) });
    engine.behaviour.last = async () => succeeded;
    const wish = { runId: first.id, by: 'bob' };
    const today = entry('parameters: { level: { type: string, default: x } }\nfile: ci/trunkline.yaml');

    const retry = await engine.db.transaction().execute((tx) => retryRun(tx, wish));
    const rerun = await engine.db
      .transaction()
      .execute((tx) => rerunRun(tx, { ...wish, findPipeline: () => today }));
    if ('refused' in retry || 'refused' in rerun) throw new Error('refused');
    const retried = await engine.toEnd(retry.runId);
    const again = await engine.toEnd(rerun.runId);

    expect(first.outcome).toBe('errored');
    expect(retried).toMatchObject({ outcome: 'succeeded', definition: { files: first.definition.files } });
    expect(again).toMatchObject({ outcome: 'succeeded', definition: { parameters: [{ name: 'level' }] } });
    expect(Object.keys(again.steps)).toEqual(['a', 'b']);
  });
});
