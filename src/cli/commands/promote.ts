import { type CliContext, keyHeader, printJson, readAnswer } from '../context.ts';
import { operationAnswers } from '../operation-answers.ts';
import { promotionText } from '../promotion-text.ts';
import { showRequested } from './trigger.ts';

export interface PromoteOptions {
  dryRun?: boolean;
  why?: string;
  idempotencyKey?: string;
  follow?: boolean;
  json?: boolean;
}

interface Wish {
  from: string;
  to: string;
  workloads: string[];
}

/**
 * Asks for what runs in one environment to be deployed to another; with `follow`, stays until it is there, with `dryRun`
 * only shows what that would be, and how the two differ.
 */
export async function promote(context: CliContext, wish: Wish, options: PromoteOptions): Promise<void> {
  if (options.dryRun) return preview(context, wish, options);
  const { from, to, workloads } = wish;
  const path = `/api/v1/environments/${encodeURIComponent(to)}/promote`;
  const body = { from, workloads, why: options.why };
  const answer = await context.api.post(path, body, keyHeader(options.idempotencyKey));
  await showRequested(context, answer, options);
}

async function preview(
  { api, terminal }: CliContext,
  { from, to, workloads }: Wish,
  options: PromoteOptions,
): Promise<void> {
  const asked = { from, workloads: workloads.length === 0 ? undefined : workloads.join(',') };
  const answer = await api.get(`/api/v1/environments/${encodeURIComponent(to)}/promotion`, asked);
  if (options.json) return printJson(terminal, answer);
  terminal.print(promotionText(readAnswer(operationAnswers.promotion, answer)));
}
