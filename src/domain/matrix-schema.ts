import { z } from 'zod';
import { variableLikeName } from './text-schemas.ts';

const value = z.union([z.string().min(1, 'an empty value').max(100), z.int()]);
const combination = z.record(variableLikeName, value);
const axis = z.array(value).min(1, 'an axis has at least one value').max(50);

/** A step, once for each combination of values. */
export const matrixSchema = z
  .strictObject({
    axes: z
      .record(variableLikeName, axis)
      .refine((axes) => Object.keys(axes).length > 0, 'a matrix has at least one axis')
      .meta({
        description: 'What there is to combine, by name.',
        examples: [{ node: [20, 22], database: ['postgres', 'mysql'] }],
      }),
    exclude: z
      .array(combination)
      .default([])
      .meta({
        description: 'Combinations to leave out: those that have all these values.',
        examples: [[{ node: 20, database: 'mysql' }]],
      }),
    include: z
      .array(combination)
      .default([])
      .meta({
        description: 'Further combinations, with a value for each axis.',
        examples: [[{ node: 24, database: 'postgres' }]],
      }),
  })
  .meta({
    description:
      'For `run` steps: the step once for each combination, at most 24, side by side, as steps of their own: `test-20-postgres`. `${matrix.node}` reads a value in `run.image` and `run.env`, the commands find it as `MATRIX_NODE`. A step that needs the step by its id waits for all of them.',
    examples: [{ axes: { node: [20, 22] } }],
  });
export type WrittenMatrix = z.infer<typeof matrixSchema>;
