import { expect, it } from 'vitest';
import type { EnvironmentConfig } from '../../src/config/server-config.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { ApproveStep, DeployStep } from '../../src/domain/pipeline.ts';
import { createApproveStep } from '../../src/steps/approve-step.ts';
import { refuseUnapproved } from '../../src/steps/deploy/refuse-unapproved.ts';
import type { StepResult } from '../../src/steps/step-handler.ts';
import { approve, decide, pushed, signedOff, type TestEngine } from '../runs/approvals-under-test.ts';
import { pipelineOf, startEngine } from '../runs/engine-under-test.ts';
import { contextUnderTest, runFacts } from './step-context.ts';

it('what was approved is void when the images are others', async () => {
  await using engine = await startEngine();
  const runId = await engine.createRun(signedOff());
  const handler = createApproveStep({
    db: engine.db,
    manualChanges: async () => [],
    comingChanges: async () => [],
  });
  const definition = approve() as ApproveStep;
  const { steps } = signedOff();
  await using context = await contextUnderTest({}, { steps, run: { ...runFacts, id: runId } });
  context.outputs.set('push', outputOf(pushed('sha256:1')));
  const before = await handler.execute(definition, context);
  await keepJournal(engine, context.journal.read());
  await decide(engine, { runId });

  context.outputs.set('push', outputOf(pushed('sha256:2')));
  const changed = await handler.execute(definition, context);
  context.outputs.set('push', outputOf(pushed('sha256:1')));
  const back = await handler.execute(definition, context);

  expect(before).toMatchObject({ outcome: 'waiting' });
  expect(changed).toMatchObject({ outcome: 'waiting' });
  expect(context.output()).toContain('what was approved before is void');
  expect(back).toMatchObject({ outcome: 'succeeded', output: { images: { push: 'r/cart@sha256:1' } } });
});

it('people are told what was changed by hand in what they let be overwritten', async () => {
  await using engine = await startEngine();
  const { steps } = pipelineOf(
    approve(),
    { id: 'production', kind: 'deploy', manifests: ['a.yaml'], environment: 'live' },
    { id: 'first', kind: 'deploy', manifests: ['a.yaml'], environment: 'staging' },
  );
  const independent = steps.map((step) => (step.id === 'first' ? { ...step, needs: [] } : step));
  await using context = await contextUnderTest({ 'a.yaml': 'kind: Deployment' }, { steps: independent });
  const manualChanges = async ({ environment, stepId }: { environment: string; stepId: string }) => [
    `${environment} ${stepId}: replicas 2 -> 5`,
  ];
  const comingChanges = async ({ id }: { id: string }) => [`${id}: service/cart is new`];

  await createApproveStep({ db: engine.db, manualChanges, comingChanges }).execute(
    approve() as ApproveStep,
    context,
  );

  expect(context.output()).toContain('live production: replicas 2 -> 5');
  expect(context.output()).not.toContain('staging');
  expect(context.output()).toContain('production: service/cart is new');
  expect(context.journal.read()).toMatchObject({
    changes: ['production: service/cart is new'],
    manualChanges: ['live production: replicas 2 -> 5'],
  });
});

it('for a request of a fork no deploy step is rehearsed, since none is executed', async () => {
  await using engine = await startEngine();
  const { steps } = pipelineOf(approve(), { id: 'live', kind: 'deploy', manifests: ['a.yaml'] });
  const request = { number: 7, source: 'x', target: 'main', isFork: true } as const;
  const run = { ...runFacts, told: { request } };
  await using context = await contextUnderTest({ 'a.yaml': 'kind: Deployment' }, { steps, run });
  const asked: string[] = [];
  const reader = async () => {
    asked.push('the cluster');
    return ['what is in it'];
  };

  const waiting = await createApproveStep({
    db: engine.db,
    manualChanges: reader,
    comingChanges: reader,
  }).execute(approve() as ApproveStep, context);

  expect(waiting).toMatchObject({ outcome: 'waiting' });
  expect(asked).toEqual([]);
  expect(context.journal.read()).toMatchObject({ changes: [], manualChanges: [] });
});

it('a deploy step is given the manifests and images that were approved, and refuses others', async () => {
  await using engine = await startEngine();
  const { steps } = pipelineOf({ id: 'push', kind: 'push' }, approve(), {
    id: 'production',
    kind: 'deploy',
    manifests: ['deploy/*.yaml'],
  });
  const [, definition, deploy] = steps as [unknown, ApproveStep, DeployStep];
  const runId = await engine.createRun({ ...signedOff(), steps });
  const files = { 'deploy/a.yaml': 'kind: Deployment' };
  await using context = await contextUnderTest(files, { steps, run: { ...runFacts, id: runId } });
  context.outputs.set('push', outputOf(pushed('sha256:1')));
  const environment: EnvironmentConfig = {
    name: 'production',
    cluster: { kind: 'kubernetes', kubeconfig: null, context: null, namespace: 'shop' },
    pipelines: null,
    requireDigests: true,
    freeze: [],
    driftEveryMs: null,
    dns: null,
    clusterId: null,
    prometheus: null,
    approve: { by: ['release'], count: 1, notAuthor: true },
  };

  const unasked = await refuseUnapproved(deploy, context, environment);
  await createApproveStep({
    db: engine.db,
    manualChanges: async () => [],
    comingChanges: async () => [],
  }).execute(definition, context);
  await keepJournal(engine, context.journal.read());
  await decide(engine, { runId });
  const approved = await createApproveStep({
    db: engine.db,
    manualChanges: async () => [],
    comingChanges: async () => [],
  }).execute(definition, context);
  if (approved.outcome === 'succeeded') context.outputs.set('signoff', approved.output);
  const allowed = await refuseUnapproved(deploy, context, environment);
  context.outputs.set('push', outputOf(pushed('sha256:2')));
  const changed = await refuseUnapproved(deploy, context, { ...environment, approve: null });
  await using other = await contextUnderTest({ 'deploy/a.yaml': 'kind: Secret' }, { steps });
  for (const id of ['signoff']) other.outputs.set(id, context.outputs.get(id) ?? {});
  const tampered = await refuseUnapproved(deploy, other, environment);

  expect(unasked).toContain('put an approve step before this one');
  expect(allowed).toBeNull();
  expect(changed).toContain('r/cart@sha256:2 is not what was approved');
  expect(tampered).toContain('its manifests are not those that were approved');
});

function outputOf(result: StepResult): JsonObject {
  if (result.outcome !== 'succeeded') throw new Error(result.reason);
  return result.output;
}

/** What the engine does with a journal. */
async function keepJournal(engine: TestEngine, journal: JsonObject | undefined): Promise<void> {
  await engine.db
    .updateTable('step')
    .set({ journal: JSON.stringify(journal) })
    .where('id', '=', 'signoff')
    .execute();
}
