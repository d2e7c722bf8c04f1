import type { Pipeline } from '../../src/domain/pipeline.ts';
import { parsePipeline } from '../../src/domain/pipeline-file.ts';
import type { Problem } from '../../src/domain/problem.ts';

/** The least that stands before the steps; they begin on line 4. */
export const head = 'name: cart\nsource: { repository: shop }\n';

export function pipelineOf(text: string): Pipeline {
  const parsed = parsePipeline(text, 'cart.yaml');
  if ('problems' in parsed) throw new Error(parsed.problems.map(asText).join('\n'));
  return parsed.pipeline;
}

export function problemsOf(text: string): Problem[] {
  const parsed = parsePipeline(text, 'cart.yaml');
  return 'problems' in parsed ? parsed.problems : [];
}

export function asText({ line, column, message, hint }: Problem): string {
  return `${line}:${column} ${message}${hint === undefined ? '' : ` (${hint})`}`;
}

/** Each step on a line of its own, from line 4, as `line:column message (hint)`. */
export function problemsOfSteps(...steps: string[]): string[] {
  return problemsOf(`${head}steps:\n${steps.map((step) => `  - ${step}\n`).join('')}`).map(asText);
}

export const buildStep = '{ id: image, build: { image: shop/cart } }';
