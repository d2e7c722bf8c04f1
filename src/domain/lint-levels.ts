/** What is allowed in manifests and yet makes rollouts worse than they need be: by name, with what is looked at. */
export const lints = {
  'no-readiness-probe': 'A container without `readinessProbe`.',
  'same-probes': 'The same `readinessProbe` and `livenessProbe`.',
  'no-memory-limit': 'A container without a memory limit.',
  'no-requests': 'A container without requests.',
  'moving-image': 'An image without a version, or `latest`.',
  'ends-at-once': 'Behind a Service, a container without `preStop`.',
  'short-grace': '`terminationGracePeriodSeconds` that leave no time after `preStop`.',
  'all-unavailable': 'A rollout during which a Service has no pod.',
  undrainable: 'A PodDisruptionBudget that lets no pod go.',
  'idle-budget': 'A PodDisruptionBudget that selects no pod.',
  'fixed-replicas': '`replicas` beside an autoscaler.',
  'dead-port': 'A port of a Service that leads to no port of a container by name.',
  'undeclared-port': 'A port of a Service whose number is none of those that the containers name.',
  'idle-service': 'A Service that selects no pod.',
  'idle-ingress': 'An Ingress whose Service or class nobody has.',
  'no-pod-names': 'A StatefulSet without the headless Service that gives its pods names.',
  'held-volume': 'A volume of one node under a rollout that starts the new pod first.',
  'missing-reference': 'A ConfigMap, Secret or volume claim that pods read and nobody has.',
  'old-api': 'An `apiVersion` that newer clusters lack.',
  'no-room': 'Pods that fit on no node.',
  'nothing-reserved': 'Nodes that reserve nothing for the system.',
} as const satisfies Record<string, string>;

export type LintName = keyof typeof lints;

/** `error`: nothing is deployed. `accepted` says why it is no harm here. */
export type LintLevel = 'error' | 'warning' | { accepted: string };

/** What is not in it is a warning. */
export type LintLevels = Partial<Record<LintName, LintLevel>>;
