import { z } from 'zod';
import { durationText } from './duration.ts';
import { effort } from './effort-schema.ts';
import { gates } from './gate-schema.ts';
import { helmChart } from './helm-schema.ts';
import { lintLevels } from './lint-level-schema.ts';
import { besideKnownKeys, besideMistakes } from './rules-beside-mistakes.ts';
import { checks } from './service-check-schema.ts';
import { msOf, pausesMs, strategy } from './strategy-schema.ts';
import { duration, includingPatterns, name, pattern, stepName, treePath } from './text-schemas.ts';

const workloadPattern =
  /^((deployment|statefulset|daemonset)\/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|service\/[A-Za-z0-9][A-Za-z0-9_.-]{0,62})$/;

/** Of a Kubernetes container or a Docker service. */
const containerName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, 'this is no name of a container');

const sources = ['manifests', 'kustomize', 'helm', 'workload', 'undo'] as const;
const eitherSource =
  "a deploy step needs exactly one of 'manifests', 'kustomize', 'helm', 'workload' and 'undo'";

export const deploySchema = z
  .strictObject({
    environment: name.meta({ description: 'An environment of `trunkline.yaml`.', examples: ['staging'] }),
    manifests: z
      .union([pattern, includingPatterns()])
      .optional()
      .meta({
        description:
          'Manifest files to apply, below `source.path`: Kubernetes YAML, or Compose files for a swarm. A container whose image has the name of a built image (`shop/cart`) gets the digest that was pushed. Either this, `kustomize`, `helm`, `workload` or `undo`.',
        examples: ['deploy/*.yaml', ['deploy/**', '!deploy/dev/**']],
      }),
    kustomize: treePath.optional().meta({
      description:
        'On Kubernetes: a folder with a `kustomization.yaml`, below `source.path`. What `kubectl kustomize` makes of it is applied as `manifests` are. It reads files of the tree only, no addresses, and runs no plugins; the worker needs `kubectl`.',
      examples: ['deploy/overlays/staging'],
    }),
    helm: helmChart.optional(),
    workload: z
      .string()
      .regex(
        workloadPattern,
        'a workload is deployment/NAME, statefulset/NAME or daemonset/NAME; of a swarm service/NAME',
      )
      .optional()
      .meta({
        title: 'workload',
        description: 'A workload that is there already and only gets new images, together with `images`.',
        examples: ['deployment/cart', 'service/cart'],
      }),
    images: z
      .record(containerName, stepName)
      .optional()
      .meta({
        description: 'With `workload`: container name, and the id of the build step whose image it gets.',
        examples: [{ cart: 'image' }],
      }),
    undo: stepName.optional().meta({
      description:
        'With `run-when: on-failure`: an earlier deploy step of the same environment, whose rollout is taken back when the run has failed later on, as of the first of several clusters when the second one turns bad. What ran before it is put back as a rollback does. Instead of `manifests`.',
      examples: ['europe'],
    }),
    soak: duration({ from: '0s', to: '1h' })
      .default('10s')
      .meta({
        description:
          'How long the new pods must stay healthy before the step has succeeded. With `0s` it is not measured what they take either.',
        examples: ['1m'],
      }),
    logs: z
      .enum(['one', 'all', 'none'])
      .default('one')
      .meta({
        description:
          "On Kubernetes: what the new pods write while they are watched, live in the step's log. `one`: of each container that of one pod; `all`: of every new pod; `none`: nothing. Of one container at most 500 lines. When a rollout fails, the last lines of what failed are told in any case.",
        examples: ['none'],
      }),
    strategy,
    gates,
    checks,
    lints: lintLevels,
    prune: z
      .union([
        z.boolean(),
        z.strictObject({
          'may-shrink': z.boolean().meta({
            description: 'Whether one deployment may delete more than half of what was deployed before.',
          }),
        }),
      ])
      .default(false)
      .meta({
        description:
          'With `manifests`, `kustomize` or `helm`, on Kubernetes: once the rollout is healthy, what earlier deployments of this step have applied and the manifests no longer have is deleted. The log lists it before anything is changed. Left alone is what others have written since, and always volume claims and Secrets; nothing is deployed where more than half would go.',
        examples: [true, { 'may-shrink': true }],
      }),
    ...effort('10m'),
  })
  .refine((written) => sourcesOf(written).length > 0, { message: eitherSource, ...besideKnownKeys })
  .refine((written) => sourcesOf(written).length < 2, { message: eitherSource, ...besideMistakes })
  .refine(
    ({ undo, strategy: chosen, gates: asked, prune }) =>
      undo === undefined || (chosen === undefined && asked === undefined && prune === false),
    {
      message: "'undo' puts back what ran before, at once\ndelete 'strategy', 'gates' and 'prune'",
      ...besideMistakes,
    },
  )
  .refine(({ undo, checks: asked }) => undo === undefined || asked === undefined, {
    message: "'undo' puts back what ran before, at once\ndelete 'checks'",
    ...besideMistakes,
  })
  .refine(({ workload, undo, lints }) => lints === undefined || (workload ?? undo) === undefined, {
    message:
      "'lints' needs 'manifests', 'kustomize' or 'helm': only of manifests something is told\ndelete 'lints'",
    ...besideMistakes,
  })
  .refine(({ workload, images }) => (workload === undefined) === (images === undefined), {
    message:
      "'workload' and 'images' belong together\nworkload: deployment/cart, images: { CONTAINER: BUILD-STEP }",
    ...besideKnownKeys,
  })
  .refine(({ prune, workload }) => prune === false || workload === undefined, {
    message:
      "'prune' needs 'manifests', 'kustomize' or 'helm': of a 'workload' only the images are changed, and nothing is left over\ndelete 'prune'",
    ...besideMistakes,
  })
  .refine(({ strategy: chosen, workload }) => typeof chosen !== 'object' || workload === undefined, {
    message:
      "this 'strategy' needs 'manifests', 'kustomize' or 'helm': of a 'workload' only the images are changed\ndelete 'strategy'",
    ...besideMistakes,
  })
  .refine(
    ({ strategy: chosen, prune }) =>
      prune === false || typeof chosen !== 'object' || chosen?.['blue-green'] === undefined,
    {
      message: "'prune' does not go with blue-green, which deletes the old version itself\ndelete 'prune'",
      ...besideMistakes,
    },
  )
  .superRefine(({ strategy: chosen, timeout, soak }, context) => {
    const all = pausesMs(chosen) + (msOf(soak) ?? 0);
    if (all < (msOf(timeout) ?? Number.POSITIVE_INFINITY)) return;
    const message = `the pauses of 'strategy' and 'soak' take ${durationText(all)}, and 'timeout' gives all of an attempt ${timeout}`;
    const path = [pausesMs(chosen) > 0 ? 'strategy' : 'soak'];
    context.addIssue({ code: 'custom', path, message: `${message}\nwrite a longer 'timeout'` });
  }, besideMistakes)
  .meta({
    description:
      'Rolls an environment over to the pushed digests, watches until it is healthy, and rolls back when it does not become so. On Kubernetes each Service of its pods must also lead to a new one.',
    examples: [
      { environment: 'staging', manifests: 'deploy/*.yaml' },
      { environment: 'staging', kustomize: 'deploy/overlays/staging' },
      { environment: 'staging', helm: { chart: 'deploy/chart', values: 'deploy/staging.yaml' } },
      {
        environment: 'production',
        manifests: 'deploy/*.yaml',
        strategy: { canary: { steps: [{ percent: 25, pause: '5m' }] } },
      },
      { environment: 'staging', workload: 'deployment/cart', images: { cart: 'image' } },
    ],
  });

function sourcesOf(written: Readonly<Partial<Record<(typeof sources)[number], unknown>>>): string[] {
  return sources.filter((source) => written[source] !== undefined);
}
