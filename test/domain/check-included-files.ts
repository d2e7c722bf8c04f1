import fc from 'fast-check';
import { expect } from 'vitest';
import type { IncludeAnswer, IncludeWish } from '../../src/domain/include.ts';
import { lintFile } from '../../src/domain/lint-file.ts';
import type { ParsedPipeline, UnreadablePipeline } from '../../src/domain/pipeline-file.ts';
import { renderProblem } from '../../src/domain/problem.ts';
import { joinRepositoryFile } from '../../src/domain/repository-file.ts';
import { including, ofRepository } from './any-pipeline-file.ts';

const server = `name: cart
source: { repository: shop }
parameters: { level: { type: string, default: info } }
file: ci/trunkline.yaml
`;

/** Whatever the files of a pipeline hold, each of the ways to read them ends, with places for what is wrong. */
export function checkIncludedFiles(numRuns: number): void {
  fc.assert(
    fc.property(including, ofRepository, ({ pipeline, a, b }, inRepository) => {
      const read = ({ file }: IncludeWish): IncludeAnswer => {
        const text = { 'a.yaml': a, 'b.yaml': b }[file];
        return text === undefined ? { problem: 'there is no such file' } : { name: file, text };
      };
      const file = { text: inRepository, name: 'ci/trunkline.yaml', read };

      expectPlaces(lintFile(pipeline, 'cart.yaml', read));
      expectPlaces(lintFile(a, 'a.yaml', read));
      expectPlaces(joinRepositoryFile({ text: server, name: 'server.yaml' }, file));
    }),
    { numRuns },
  );
}

function expectPlaces(parsed: ParsedPipeline | UnreadablePipeline): void {
  const problems = 'problems' in parsed ? parsed.problems : [];
  for (const problem of problems) {
    expect(problem.line).toBeGreaterThan(0);
    expect(problem.column).toBeGreaterThan(0);
    expect(renderProblem(problem, { color: false })).toContain(`${problem.file}:${problem.line}:`);
  }
  if ('pipeline' in parsed) expect(parsed.pipeline.steps.length).toBeGreaterThan(0);
}
