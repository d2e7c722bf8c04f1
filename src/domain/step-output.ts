import type { ApprovalOutput } from './approval.ts';
import type { JsonObject } from './json.ts';
import type { PodUsage } from './pod-usage.ts';

/** What a build leaves for later steps. The image exists in one engine only, until it is pushed. */
export interface BuildOutput extends JsonObject {
  imageId: string;
  /** `shop/cart`: the name in the pipeline file. */
  name: string;
  /** The Docker engine that holds it (its own id). */
  engine: string;
}

/** What a push leaves: from here on the image is named by digest only. */
export interface PushOutput extends JsonObject {
  /** Id of the build step. */
  image: string;
  imageId: string;
  name: string;
  /** `registry.example.com/shop/cart`. */
  repository: string;
  /** `sha256:...`, confirmed by the registry. */
  digest: string;
  tags: string[];
}

export interface DeployOutput extends JsonObject {
  deployment: string;
  environment: string;
  /** Workloads such as `deployment/cart`. */
  workloads: string[];
  /** Container image references by digest that now run. */
  images: string[];
  /** What a pod took before and after, as far as the cluster tells; null: it does not. */
  usage?: { before: PodUsage | null; after: PodUsage | null };
}

/** Reads what a build step has stored. */
export function readBuildOutput(output: JsonObject | undefined): BuildOutput | undefined {
  const { imageId, name, engine } = output ?? {};
  if (typeof imageId !== 'string' || typeof name !== 'string' || typeof engine !== 'string') return undefined;
  return { imageId, name, engine };
}

/** The push, among the outputs of a run's steps, that has put an image into a registry. */
export function findPush(outputs: Iterable<JsonObject>, imageId: string): PushOutput | undefined {
  for (const output of outputs) {
    if (isPushOutput(output) && output.imageId === imageId) return output;
  }
  return undefined;
}

/** Everything that a run has put into registries, in the order of its steps. */
export function pushesIn(outputs: Iterable<JsonObject>): PushOutput[] {
  return [...outputs].filter(isPushOutput);
}

/** What an approve step has stored; undefined for every other kind. */
export function readApproval(output: JsonObject | undefined): ApprovalOutput | undefined {
  return output !== undefined && Array.isArray(output.approvals) ? (output as ApprovalOutput) : undefined;
}

/** What a push step has stored; undefined for every other kind. */
export function readPush(output: JsonObject | undefined): PushOutput | undefined {
  return output !== undefined && isPushOutput(output) ? output : undefined;
}

function isPushOutput(output: JsonObject): output is PushOutput {
  return typeof output.digest === 'string' && typeof output.repository === 'string';
}
