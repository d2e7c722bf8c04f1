import { randomBytes } from 'node:crypto';
import {
  type AppliedRollout,
  type BuiltImage,
  type Cluster,
  isRefusal,
  type PlanRequest,
  type Refusal,
  type RolloutPlan,
  type RolloutReport,
  type WriteHooks,
} from '../../../src/clusters/cluster.ts';

/** An engine behind the contract, with what its own tools say and do past it. */
export type ClusterUnderTest = AsyncDisposable & {
  cluster: Cluster;
  /** Which cluster it is, as its own tools say. */
  id(): Promise<string>;
  /** Builds and pushes an image of `shop/cart` whose container runs a shell script. */
  image(script: string): Promise<BuiltImage>;
  /** What deploys it, in one container; `neverHealthy`: with a check that fails. */
  manifest(options: { pipeline: string; image?: string; neverHealthy?: boolean }): string;
  /** The image that the workload names now, and a number that changes with every change of it. */
  state(pipeline: string): Promise<{ image: string; version: string }>;
  /** What somebody does by hand. */
  setImage(pipeline: string, image: string): Promise<void>;
  /** How it calls one copy of a workload. */
  unit: 'pods' | 'tasks';
  registry: string;
};

const never = new AbortController().signal;

type Asked = Partial<Pick<PlanRequest, 'images' | 'deployId' | 'requireDigests'>>;

/** Deploys one pipeline's manifest, each time with a deploy id of its own unless one is given. */
export function deployer(under: ClusterUnderTest, options: { neverHealthy?: boolean } = {}) {
  const pipeline = `cart-${randomBytes(3).toString('hex')}`;
  const plan = async (asked: Asked): Promise<(RolloutPlan & { deployId: string }) | Refusal> => {
    const deployId = asked.deployId ?? randomBytes(10).toString('hex');
    const files = [{ path: 'deploy.yaml', text: under.manifest({ pipeline, ...options }) }];
    const request = {
      requireDigests: false,
      images: [],
      changeCause: 'a test',
      ...asked,
      deployId,
      pipeline,
    };
    const made = await under.cluster.plan({ ...request, source: { kind: 'manifests', files } }, never);
    return isRefusal(made) ? made : { ...made, deployId };
  };
  return {
    pipeline,
    plan,
    async apply(asked: Asked) {
      const made = accepted(await plan(asked));
      const lines: string[] = [];
      const applied: AppliedRollout = accepted(await made.apply(hooks(lines), never));
      return { plan: made, applied, lines };
    },
  };
}

export function accepted<T extends object>(answer: T | Refusal): T {
  if (isRefusal(answer)) throw new Error(answer.refusal);
  return answer;
}

export function hooks(lines: string[] = []): WriteHooks {
  return {
    confirm: async () => undefined,
    onProgress: (line) => lines.push(line),
    onReport: () => undefined,
  };
}

export function watching(options: { reports?: RolloutReport[]; soakMs?: number } = {}) {
  return {
    soakMs: options.soakMs ?? 0,
    onProgress: () => undefined,
    onReport: (report: RolloutReport) => options.reports?.push(report),
  };
}
