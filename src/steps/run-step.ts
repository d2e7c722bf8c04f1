import type { DockerConfig, StepSecret } from '../config/server-config.ts';
import { Fault } from '../domain/fault.ts';
import { parameterVariable } from '../domain/parameters.ts';
import type { RunStep } from '../domain/pipeline.ts';
import type { Secret } from '../domain/secret.ts';
import { sizeText } from '../domain/size-text.ts';
import { findPush, readBuildOutput } from '../domain/step-output.ts';
import { expandTemplate } from '../domain/template.ts';
import type { ContainerRequest } from '../images/container-options.ts';
import type { DockerEngine } from '../images/docker-engine.ts';
import type { ContainerResult } from '../images/run-container.ts';
import { endWithOutputs, makeOutputFile, outputFile } from './run/command-outputs.ts';
import type { KeepArtifacts, KeptArtifacts } from './run/keep-artifacts.ts';
import type { StepCaches, StepCaching } from './run/step-caches.ts';
import { startStepServices } from './run/step-services.ts';
import { type CommandFollower, createCommandFollower, shellScript } from './shell-script.ts';
import type { RunFacts, StepContext, StepHandler, StepLog, StepResult } from './step-handler.ts';
import { revealed, secretVariables } from './step-secrets.ts';
import { expandAll, templateValuesOf } from './template-values.ts';

interface RunDependencies {
  engine: DockerEngine;
  docker: Pick<DockerConfig, 'networks' | 'limits'>;
  secrets: Readonly<Record<string, StepSecret>>;
  keepArtifacts: KeepArtifacts;
  /** null: nothing is kept from run to run. */
  caches: StepCaches | null;
}

/**
 * Runs commands in a container. After a crash they run again, in a fresh workspace, after the container of the dead
 * worker has been removed.
 */
export function createRunStep(deps: RunDependencies): StepHandler<'run'> {
  return { execute: (step, context) => run(deps, step, context) };
}

async function run(deps: RunDependencies, step: RunStep, context: StepContext): Promise<StepResult> {
  const { signal, log, stepId, attempt } = context;
  const allowed = allow(deps.docker, step);
  if ('refused' in allowed) return { outcome: 'failed', reason: allowed.refused };
  const secrets = secretVariables(deps.secrets, step, context.run);
  if ('refused' in secrets) return { outcome: 'failed', reason: secrets.refused };
  const owner = { run: context.run.id, step: stepId, attempt };
  if (attempt > 1) await removeOrphans(deps.engine, context);

  await using caching = deps.caches?.open(step, context) ?? null;
  const tree = treeWith(caching, { step, context });
  tree.catch(() => undefined);
  const wish = { step, context, owner, limits: deps.docker.limits };
  await using services = await startStepServices(deps.engine, wish);
  if (services.failed !== undefined) return { outcome: 'failed', reason: services.failed };
  const follower = createCommandFollower(step.commands);
  const { artifacts: patterns = [] } = step;
  let kept: KeptArtifacts | null = null;
  const result = await deps.engine.runContainer(
    {
      owner,
      image: imageOf(step, context),
      script: `${makeOutputFile}\n${shellScript(step.commands)}`,
      env: environmentOf(step, context, secrets.variables),
      wanted: outputFile,
      async keep(entriesOf) {
        if (patterns.length > 0) kept = await deps.keepArtifacts(patterns, entriesOf);
        await caching?.read(entriesOf);
      },
      workspace: context.workspacePath ?? (await tree),
      ...allowed,
      servicesNetwork: services.network,
      ready: () => tree.then(() => context.confirmLease()),
      leave: context.leave,
      report: context.progress,
      ...takeOutput(context, follower, step.commands.length),
    },
    signal,
  );
  const ended = stepResult(result, { command: follower.current(), memoryBytes: allowed.limits.memoryBytes });
  const end = withArtifacts(ended, kept, log);
  if (end.outcome === 'succeeded') await caching?.publish();
  return end;
}

async function treeWith(
  caching: StepCaching | null,
  { step, context }: { step: RunStep; context: StepContext },
): Promise<string> {
  const folder = await context.workspace();
  if (caching === null && step.cache !== undefined)
    context.log.line('cache not used: none is kept on this machine');
  await caching?.restore(folder);
  return folder;
}

/** Each command that begins is told: the tree is there by then, and whoever looks wants to know what runs now. */
function takeOutput(
  { log, progress }: StepContext,
  follower: CommandFollower,
  count: number,
): Pick<ContainerRequest, 'write' | 'drained'> {
  const total = count > 1 ? count : null;
  const write = (text: string) => {
    const before = follower.begun();
    log.write(text);
    follower.read(text);
    const begun = follower.begun();
    if (begun === before) return;
    progress({
      ...{ phase: 'command', text: follower.current(), unit: 'steps', items: [] },
      ...{ done: begun - 1, total },
    });
  };
  return { write, drained: log.drained };
}

/** After the commands have succeeded. */
function withArtifacts(ended: StepResult, kept: KeptArtifacts | null, log: StepLog): StepResult {
  if (ended.outcome !== 'succeeded' || kept === null) return ended;
  if ('refused' in kept)
    return { outcome: 'failed', reason: `the artifacts cannot be kept: ${kept.refused}` };
  const { files, bytes } = kept.kept;
  log.line(`kept ${files === 1 ? '1 artifact' : `${files} artifacts`}: ${sizeText(bytes)}`);
  return { ...ended, output: { ...ended.output, artifacts: kept.kept } };
}

interface Allowed {
  network: string;
  limits: DockerConfig['limits'];
}

/** What the step asks for, as far as the server's config grants it. */
function allow(
  { networks, limits }: RunDependencies['docker'],
  step: RunStep,
): Allowed | { refused: string } {
  const { network = null, cpus = null, memoryBytes = null } = step;
  if (network !== null && !networks.includes(network)) {
    return {
      refused: `network ${network} is not one of those that the server allows: ${networks.join(', ')}`,
    };
  }
  if (cpus !== null && cpus > limits.cpus) {
    return { refused: `cpus: ${cpus} is more than the ${limits.cpus} that the server allows` };
  }
  if (memoryBytes !== null && memoryBytes > limits.memoryBytes) {
    return {
      refused: `memory: ${memoryBytes} bytes are more than the ${limits.memoryBytes} that the server allows`,
    };
  }
  return {
    network: network ?? networks[0] ?? 'none',
    limits: { ...limits, cpus: cpus ?? limits.cpus, memoryBytes: memoryBytes ?? limits.memoryBytes },
  };
}

/** What a dead worker left running in this engine for this step. */
async function removeOrphans(engine: DockerEngine, { run, stepId, signal, log }: StepContext): Promise<void> {
  const removed = await engine.removeStaleContainers(
    (owner) => owner.run === run.id && owner.step === stepId,
    signal,
  );
  if (removed > 0) log.line('removed the container of the attempt before');
}

function imageOf({ from }: RunStep, { outputs }: StepContext): { name: string; pull: string | null } {
  if ('image' in from) return { name: from.image, pull: from.image };
  const built = readBuildOutput(outputs.get(from.step));
  if (built === undefined)
    throw new Fault('internal', `step ${from.step} has left no image`, { isRetryable: false });
  const pushed = findPush(outputs.values(), built.imageId);
  return { name: built.imageId, pull: pushed === undefined ? null : `${pushed.repository}@${pushed.digest}` };
}

/** The kernel takes no variable of more than 128 KiB, and a character may be four bytes. */
const mostMessage = 16 * 1024;

function environmentOf(
  step: RunStep,
  context: StepContext,
  secrets: Record<string, Secret>,
): Record<string, string> {
  const { run: facts } = context;
  const values = templateValuesOf(context);
  return {
    CI: 'true',
    TRUNKLINE_PIPELINE: facts.pipeline,
    TRUNKLINE_RUN: String(facts.number),
    TRUNKLINE_REPOSITORY: facts.repository,
    TRUNKLINE_BRANCH: facts.branch,
    TRUNKLINE_BRANCH_SLUG: values['branch-slug'],
    TRUNKLINE_RENAMED_FROM: values['renamed-from'],
    TRUNKLINE_REVISION: facts.revision,
    TRUNKLINE_LAST_CHANGED_REVISION: values['last-changed-revision'],
    TRUNKLINE_SOURCE_URL: facts.sourceUrl,
    TRUNKLINE_AUTHOR: values.author,
    TRUNKLINE_MESSAGE: facts.message.slice(0, mostMessage),
    TRUNKLINE_TRIGGER: values.trigger,
    TRUNKLINE_PATHS: (facts.told.paths ?? []).map((path) => path || '.').join('\n'),
    TRUNKLINE_MERGE_REQUEST: values['merge-request'],
    TRUNKLINE_SOURCE_BRANCH: values['source-branch'],
    TRUNKLINE_TARGET_BRANCH: values['target-branch'],
    ...parameterEnvironment(facts.parameters),
    ...expandAll(step.env, (template) => expandTemplate(template, values)),
    ...revealed(secrets),
  };
}

function parameterEnvironment(parameters: RunFacts['parameters']): Record<string, string> {
  const named = Object.entries(parameters).map(([name, value]) => [parameterVariable(name), value]);
  return Object.fromEntries(named);
}

function stepResult(result: ContainerResult, at: { command: string; memoryBytes: number }): StepResult {
  if (result.kind === 'refused') return { outcome: 'failed', reason: result.reason };
  const limit = `${Math.round(at.memoryBytes / 2 ** 20)} MiB`;
  if (result.kind === 'out-of-memory') {
    return { outcome: 'failed', reason: `out of memory: more than ${limit} were needed at "${at.command}"` };
  }
  if (result.exitCode === 0) return endWithOutputs(result.file);
  const { exitCode } = result;
  // A busy engine may never learn that it was the kernel that killed it, for its memory.
  const hint = exitCode === killed ? `: it was killed, perhaps because it needed more than ${limit}` : '';
  return { outcome: 'failed', reason: `"${at.command}" ended with exit code ${exitCode}${hint}`, exitCode };
}

/** What a shell makes of SIGKILL. */
const killed = 137;
