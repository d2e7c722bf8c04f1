import { z } from 'zod';
import { type LintLevels, type LintName, lints } from './lint-levels.ts';

const level = z.union([
  z.enum(['error', 'warning']),
  z.strictObject({
    accepted: z
      .string()
      .min(1, 'say why it is no harm')
      .max(300)
      .meta({ description: 'Why it is no harm: the log shows that in its place.' }),
  }),
]);

const names = Object.entries(lints) as [LintName, string][];
const shape = Object.fromEntries(
  names.map(([name, description]) => [name, level.optional().meta({ description })]),
) as Record<LintName, z.ZodOptional<typeof level>>;

export const lintLevels = z
  .strictObject(shape)
  .optional()
  .meta({
    description:
      "On Kubernetes: how grave for this step what is told of its manifests before they are applied, each by the name at the end of its line in the log. `error`: nothing is deployed. `warning`, which all are by default: it is told. `accepted`: nothing is told but the reason. What a workload's own annotation `trunkline/accepted-warnings` accepts stays accepted.",
    examples: [
      { 'no-readiness-probe': 'error', 'moving-image': { accepted: 'the proxy is pinned elsewhere' } },
    ],
  });

export function toLintLevels(written: z.output<typeof lintLevels>): { lints?: LintLevels } {
  if (written === undefined) return {};
  const given = Object.entries(written).filter(([, value]) => value !== undefined);
  return { lints: Object.fromEntries(given) };
}
