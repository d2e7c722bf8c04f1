import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Little to read, long to run: what begins last should not be one of these. */
const longForTheirSize = [
  'scenarios/scenarios.docker',
  'clusters/kubernetes/catalogue/catalogue.cluster',
  'clusters/contract/swarm.docker',
  'clusters/contract/kubernetes.cluster',
  'clusters/kubernetes/ending-pods.cluster',
  'faults/killed-at-moments.docker',
  'steps/deploy-diagnosis.cluster',
  'steps/deploy-usage.cluster',
  'steps/deploy-services.cluster',
  'clusters/kubernetes/no-request-lost.cluster',
  'triggers/killed-watcher',
  'runs/lease-keeper',
  'notify/status-reporter',
  'triggers/every-server',
  'runs/reconciler',
  'runs/held-up-output',
  'clusters/kubernetes/access',
  'scm/subversion/closed-root',
  'scm/subversion/killed-copies',
  'domain/included-files.property',
];

/** Vitest begins with the files that took longest last time; in a fresh clone it knows nothing but their sizes. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) =>
      longForTheirSize.some((name) => moduleId.endsWith(`/${name}.test.ts`));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
