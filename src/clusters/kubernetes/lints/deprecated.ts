import type { KubeObject } from '../objects.ts';

/** What to write instead, and the version of Kubernetes that has the old one no longer. */
export interface Successor {
  apiVersion: string;
  goneIn: string;
}

const successors: Readonly<Record<string, Successor>> = {
  'extensions/v1beta1 Ingress': { apiVersion: 'networking.k8s.io/v1', goneIn: '1.22' },
  'extensions/v1beta1 NetworkPolicy': { apiVersion: 'networking.k8s.io/v1', goneIn: '1.16' },
  'networking.k8s.io/v1beta1 Ingress': { apiVersion: 'networking.k8s.io/v1', goneIn: '1.22' },
  'rbac.authorization.k8s.io/v1beta1 Role': { apiVersion: 'rbac.authorization.k8s.io/v1', goneIn: '1.22' },
  'rbac.authorization.k8s.io/v1beta1 RoleBinding': {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    goneIn: '1.22',
  },
  'batch/v1beta1 CronJob': { apiVersion: 'batch/v1', goneIn: '1.25' },
  'policy/v1beta1 PodDisruptionBudget': { apiVersion: 'policy/v1', goneIn: '1.25' },
  'autoscaling/v2beta1 HorizontalPodAutoscaler': { apiVersion: 'autoscaling/v2', goneIn: '1.25' },
  'autoscaling/v2beta2 HorizontalPodAutoscaler': { apiVersion: 'autoscaling/v2', goneIn: '1.26' },
};

/** undefined: its apiVersion is there to stay, or nothing is known of it. */
export function successorOf({ apiVersion, kind }: KubeObject): Successor | undefined {
  return successors[`${apiVersion} ${kind}`];
}
