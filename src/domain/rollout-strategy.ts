/** How a new version takes over. `stepped`: a StatefulSet pod by pod. */
export type RolloutStrategy = 'stepped' | CanaryStrategy | BlueGreenStrategy;

export interface CanaryStrategy {
  kind: 'canary';
  steps: CanaryStepPlan[];
}

export interface CanaryStepPlan {
  share: CanaryShare;
  pauseMs: number;
}

/** Two Deployments, of which a Service leads to one; the old one stays for a while after the switch. */
export interface BlueGreenStrategy {
  kind: 'blue-green';
  keepMs: number;
}

export type Colour = 'blue' | 'green';

export function otherColour(colour: Colour): Colour {
  return colour === 'blue' ? 'green' : 'blue';
}

/** `percent` of all pods behind the Service, the stable ones included. */
export type CanaryShare = { percent: number } | { replicas: number };

/** As it is written in a pipeline. */
export function strategyName(strategy: RolloutStrategy): string {
  return typeof strategy === 'string' ? strategy : strategy.kind;
}

/** How many canaries make up the share, at least one. */
export function canaryCount(share: CanaryShare, stable: number): number {
  if ('replicas' in share) return share.replicas;
  return Math.max(1, Math.round((stable * share.percent) / (100 - share.percent)));
}
