import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPipeline, type KnownNames } from '../../src/config/check-pipeline.ts';
import { parsePipeline } from '../../src/domain/pipeline-file.ts';
import { renderProblem } from '../../src/domain/problem.ts';
import { maxYamlBytes } from '../../src/domain/yaml-document.ts';
import { damaged, shaped, trap } from './any-pipeline-file.ts';
import { head } from './read-pipeline.ts';

const nothing: KnownNames = {
  repositories: {},
  registries: {},
  environments: {},
  secrets: {},
  docker: { host: '', builder: 'buildkit', networks: [], limits: { cpus: 1, memoryBytes: 1, pids: 1 } },
};

test('whatever a file holds, reading it gives a pipeline or problems with their places, and never throws', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        damaged,
        shaped,
        fc.array(trap).map((parts) => parts.join('')),
      ),
      (text) => {
        const parsed = parsePipeline(text, 'cart.yaml');

        const names = parsed.document === null ? [] : checkPipeline(parsed.document, nothing);
        const problems = [...('problems' in parsed ? parsed.problems : []), ...names];
        const lines = text.split('\n').length;
        expect('pipeline' in parsed || problems.length > 0).toBe(true);
        for (const problem of problems) {
          expect(problem.line).toBeGreaterThanOrEqual(1);
          expect(problem.line).toBeLessThanOrEqual(lines);
          expect(problem.column).toBeGreaterThanOrEqual(1);
          expect(problem.message).toMatch(/^[^\n]+$/);
          expect(renderProblem(problem, { color: false })).toContain(`cart.yaml:${problem.line}:`);
        }
      },
    ),
    { numRuns: 600 },
  );
});

describe('a file as large as may be is read in bounded time, with', () => {
  const many = (line: (index: number) => string) => {
    const lines: string[] = [];
    for (let size = 0; size < maxYamlBytes - 1_000; size += (lines.at(-1)?.length ?? 0) + 1)
      lines.push(line(lines.length));
    return lines.join('\n');
  };

  test.each([
    ['keys that nobody knows', many((index) => `k${index}:`)],
    ['one key again and again', many(() => 'a:')],
    ['steps without end', `${head}steps:\n${many(() => '- {}')}`],
    ['variables without end', `${head}steps:\n- run:\n    env:\n${many((index) => `      K${index}: 1`)}`],
    [
      'templates that are not closed',
      `${head}steps: [{ build: { image: '${many(() => '${').replaceAll('\n', '')}' } }]`,
    ],
    ['brackets without end', many(() => '[').replaceAll('\n', '')],
  ])('%s', { timeout: 90_000 }, (_what, text) => {
    const parsed = parsePipeline(text, 'cart.yaml');

    expect('problems' in parsed && parsed.problems.length).toBeGreaterThan(0);
    expect('problems' in parsed && parsed.problems.length).toBeLessThanOrEqual(200);
  });
});
