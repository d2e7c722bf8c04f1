import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ancestorsOf, findCycle } from '../../src/domain/step-graph.ts';

describe('a cycle', () => {
  test('is found in any graph that has one, as a path that is one', () => {
    const graphs = fc.array(fc.array(fc.nat(5), { maxLength: 3 }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(graphs, (needs) => {
        const steps = needs.map((picks, index) => ({
          id: `s${index}`,
          needs: picks.map((pick) => `s${pick}`),
        }));

        const cycle = findCycle(steps);

        expect(cycle === null).toBe(steps.every((step) => !ancestorsOf(steps, step.id).has(step.id)));
        if (cycle === null) return;
        expect(cycle[0]).toBe(cycle.at(-1));
        for (const [index, id] of cycle.slice(1).entries())
          expect(steps.find((step) => step.id === cycle[index])?.needs).toContain(id);
      }),
    );
  });
});
