import { readDiagnoses, type StoredCause } from '../../domain/stored-diagnosis.ts';
import type { Deployment } from '../api/types.ts';

/** `deployment/cart`: a target's first parts, cluster and namespace, are what the environment stands for. */
export function workloadOf({ target }: Pick<Deployment, 'target'>): string {
  return target.split('/').slice(-2).join('/');
}

/** The images of a deployment, each container with what it got. */
export function imagesOf({ images }: Pick<Deployment, 'images'>): { container: string; reference: string }[] {
  return Object.entries(images).flatMap(([container, reference]) =>
    typeof reference === 'string' ? [{ container, reference }] : [],
  );
}

/** `shop/cart@sha256:1a2b3c4d5e6f`, without the registry's host. */
export function shortImage(reference: string): string {
  const [name = '', digest] = reference.split('@');
  const path = /^[^/]*[.:][^/]*\//.test(name) ? name.slice(name.indexOf('/') + 1) : name;
  return digest === undefined ? path : `${path}@${digest.slice(0, 19)}`;
}

/** What it has failed of, the worst; undefined where no diagnosis is on record. */
export function worstOf({ evidence }: Pick<Deployment, 'evidence'>): StoredCause | undefined {
  return readDiagnoses([evidence]).causes[0];
}
