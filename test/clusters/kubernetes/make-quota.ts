import { waitFor } from '../../support/wait-for.ts';

interface Namespace {
  kubectl(...args: string[]): Promise<string>;
}

/** Makes a quota that leaves no room for a pod, and waits until the API server refuses one: it learns of quotas late. */
export async function makeQuota({ kubectl }: Namespace, name: string, hard: string): Promise<void> {
  await kubectl('create', 'quota', name, `--hard=${hard}`);
  const pod = ['run', 'probe', '--image=probe', '--restart=Never', '--dry-run=server'];
  const isRefused = () =>
    kubectl(...pod).then(
      () => false,
      (error: unknown) => String(error).includes(`quota: ${name}`),
    );
  await waitFor(isRefused, { what: `the quota ${name} to be enforced` });
}
