import { describe, expect, it } from 'vitest';
import type { RunStep, StepDefinition } from '../../src/domain/pipeline.ts';
import { expandTemplate } from '../../src/domain/template.ts';
import type { StepContext, StepResult } from '../../src/steps/step-handler.ts';
import { expandAll, templateValuesOf } from '../../src/steps/template-values.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

const pipeline = pipelineOf('version', { id: 'test', env: { V: 'v${steps.version.outputs.V}' } });

describe('outputs of commands', () => {
  it('are read by the step that comes after, covered where they hold a secret, and kept with the run', async () => {
    await using engine = await startEngine();
    const seen: object[] = [];
    engine.startWorker(
      async (step, context) => {
        if (step.id === 'version') return leaving({ V: '1-hunter2' });
        seen.push(environmentOf(step, context));
        return succeeded;
      },
      { mask: (text) => text.replaceAll('hunter2', '***') },
    );
    const runId = await engine.createRun(pipeline);
    await engine.deliver(runId);

    const run = await engine.ended(runId);

    expect(run.outcome).toBe('succeeded');
    expect(seen).toEqual([{ V: 'v1-***' }]);
    expect(run.steps.version?.output).toEqual({ outputs: { V: '1-***' } });
  });

  it('are there for the worker that takes a run over', async () => {
    await using engine = await startEngine();
    let isAtWork = false;
    const first = engine.startWorker(async (step, context) => {
      if (step.id === 'version') return leaving({ V: '2' });
      isAtWork = true;
      const { promise, resolve } = Promise.withResolvers<void>();
      context.signal.addEventListener('abort', () => resolve());
      await promise;
      throw context.signal.reason;
    });
    const runId = await engine.createRun(pipeline);
    await engine.deliver(runId);
    await waitFor(() => isAtWork, { what: 'the second step to begin' });
    await first.shutDown();
    const seen: [string, object][] = [];
    engine.startWorker(async (step, context) => {
      seen.push([step.id, environmentOf(step, context)]);
      return succeeded;
    });
    await engine.deliver(runId);

    const run = await engine.ended(runId);

    expect(run.outcome).toBe('succeeded');
    expect(seen).toEqual([['test', { V: 'v2' }]]);
  });

  it('that come while an attempt works are not seen by it: what it has checked is what it uses', async () => {
    await using engine = await startEngine();
    const begun = Promise.withResolvers<void>();
    const seen: string[][] = [];
    engine.startWorker(async (step, context) => {
      if (step.id === 'after') begun.resolve();
      if (step.id !== 'slow') return leaving({ V: '1' });
      seen.push([...context.outputs.keys()]);
      await begun.promise;
      seen.push([...context.outputs.keys()]);
      return succeeded;
    });
    const side = pipelineOf(
      { id: 'slow', needs: [] },
      { id: 'other', needs: [] },
      { id: 'after', needs: ['other'] },
    );
    const runId = await engine.createRun(side);
    await engine.deliver(runId);

    await engine.ended(runId);

    expect(seen[1]).toEqual(seen[0]);
    expect(seen[0]).not.toContain('other');
  });

  it('that are missing fail the step before it has done anything', async () => {
    await using engine = await startEngine();
    const begun: string[] = [];
    engine.startWorker(async (step) => {
      begun.push(step.id);
      return leaving({ W: '1' });
    });
    const runId = await engine.createRun(pipeline);
    await engine.deliver(runId);

    const run = await engine.ended(runId);

    expect(run.outcome).toBe('failed');
    expect(run.reason).toBe('test: step version has left no output V: only W');
    expect(begun).toEqual(['version']);
  });
});

function leaving(outputs: Record<string, string>): StepResult {
  return { outcome: 'succeeded', output: { outputs } };
}

function environmentOf(step: StepDefinition, context: StepContext): Record<string, string> {
  const values = templateValuesOf(context);
  return expandAll((step as RunStep).env, (template) => expandTemplate(template, values));
}
