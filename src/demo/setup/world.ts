import type { Terminal } from '../../cli/terminal.ts';
import type { DemoCluster } from '../cluster/demo-cluster.ts';
import { openKubernetesCluster } from '../cluster/kubernetes-cluster.ts';
import { openSwarmCluster } from '../cluster/swarm-cluster.ts';
import type { DemoPlan } from '../demo-plan.ts';
import { ensureBaseImage } from '../engine/base-image.ts';
import { openEngine, searchEngine } from '../engine/choose-engine.ts';
import type { Engine } from '../engine/engine.ts';
import { removeImages } from '../engine/remove-images.ts';
import { find } from '../packages/missing-packages.ts';
import { providePackages } from '../packages/provide-packages.ts';
import { type OpenedSource, openSource } from '../source/source.ts';
import { createDaemons, type Daemons } from './daemons.ts';
import type { DemoFolder } from './demo-folder.ts';
import { type DemoState, openState } from './demo-state.ts';
import { startRegistry } from './registry.ts';
import { createTools, type Tools, toolEnvironment } from './run-tool.ts';
import { type DemoServer, startServer } from './server.ts';
import { writeServerFiles } from './server-files.ts';
import type { Stages } from './stages.ts';

/** All that the tour needs, up and running. Disposing ends what was started, in reverse. */
export interface World extends AsyncDisposable {
  timings: Timings;
  engine: Engine;
  cluster: DemoCluster;
  source: OpenedSource;
  server: DemoServer;
}

export interface Timings {
  installMs: number;
  /** From the start of the demo until everything runs, without the installation. */
  readyMs: number;
}

export interface WorldSetting {
  plan: DemoPlan;
  folder: DemoFolder;
  terminal: Terminal;
  stages: Stages;
}

/** What is passed on from stage to stage. */
interface Building extends WorldSetting {
  environment: Record<string, string>;
  tools: Tools;
  daemons: Daemons;
  signal: AbortSignal;
  opening: AsyncDisposableStack;
}

export async function openWorld(setting: WorldSetting, signal: AbortSignal): Promise<World> {
  await using opening = new AsyncDisposableStack();
  const { plan, folder, stages } = setting;
  const environment = toolEnvironment(plan.path, folder.inside('tmp'));
  const places = { records: folder.inside('pids'), logs: folder.at('log'), environment };
  const daemons = createDaemons(places);
  const building = { ...setting, environment, daemons, tools: createTools(environment), signal, opening };
  const startedAt = performance.now();
  const leftovers = await daemons.endLeftovers();
  if (leftovers.length > 0)
    stages.line(`Ended what an earlier demo had left running: ${leftovers.join(', ')}`);
  const state = await openState(folder, plan.port);
  const { engine, installMs } = await bringUpEngine(building, state);
  const built = `${plan.kubernetes?.registry ?? registryHost(engine, state)}/${imageOf(state)}`;
  if (!engine.isOwn) opening.defer(() => removeImages(engine.connection, built));
  const cluster = await bringUpCluster(building, engine, state);
  const registry = plan.kubernetes?.registry ?? (await bringUpRegistry(building, engine, state));
  const source = await bringUpSource(building, state);
  const server = await bringUpServer(building, { engine, cluster, registry, source, state });
  const timings = { installMs, readyMs: performance.now() - startedAt - installMs };
  const opened = opening.move();
  return { timings, engine, cluster, source, server, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function bringUpEngine(
  building: Building,
  { id }: DemoState,
): Promise<{ engine: Engine; installMs: number }> {
  const { plan, folder, stages, environment, tools, opening, signal } = building;
  const search = await searchEngine(plan);
  if (search.unfit !== undefined) stages.line(`The demo starts an engine of its own: ${search.unfit}`);
  const startedAt = performance.now();
  const hasEngine = search.engine !== undefined;
  const installed = await providePackages({ ...building, hasEngine }, signal);
  const installMs = performance.now() - startedAt;
  const isInstalled = installed.includes('docker.io');
  const engine = await stages.run('engine', async () => {
    const opened = await openEngine({ ...building, id, search, isInstalled }, signal);
    opening.defer(async () => opened[Symbol.asyncDispose]?.());
    const whose = opened.isOwn ? 'of the demo' : `at ${opened.connection.host}`;
    return { value: opened, detail: `Docker ${opened.version} ${whose}` };
  });
  await stages.run('base image', async () => {
    const busybox = (await find(environment.PATH ?? '', 'busybox')) ?? '';
    const scratch = folder.inside('base-image');
    await ensureBaseImage({ connection: engine.connection, busybox, scratch, tools }, signal);
    return { value: undefined, detail: "Debian's static busybox; nothing is pulled" };
  });
  return { engine, installMs };
}

function bringUpCluster(
  { plan, stages, opening, signal }: Building,
  engine: Engine,
  state: DemoState,
): Promise<DemoCluster> {
  const { kubernetes } = plan;
  return stages.run('cluster', async () => {
    const cluster = opening.use(
      kubernetes === null
        ? await openSwarmCluster({ engine, id: state.id, image: imageOf(state), port: state.ports.service })
        : await openKubernetesCluster(
            { context: kubernetes.context, id: state.id, image: imageOf(state) },
            signal,
          ),
    );
    return { value: cluster, detail: cluster.detail };
  });
}

function bringUpRegistry(building: Building, engine: Engine, state: DemoState): Promise<string> {
  const { folder, stages, daemons, opening, signal } = building;
  return stages.run('registry', async () => {
    const host = registryHost(engine, state);
    const setting = { engine, host, folder: folder.inside('registry'), daemons };
    opening.use(await startRegistry(setting, signal));
    return { value: host, detail: host };
  });
}

function bringUpSource(building: Building, state: DemoState): Promise<OpenedSource> {
  const { stages, opening, signal } = building;
  return stages.run('subversion', async () => {
    const source = opening.use(
      await openSource({ ...building, port: state.ports.svn, password: state.svnPassword }, signal),
    );
    return { value: source, detail: `${source.url}, user ${source.user}` };
  });
}

function registryHost({ address }: Engine, { ports }: DemoState): string {
  return `${address}:${ports.registry}`;
}

/** Nobody else's, in a registry that others use: a tag that holds another image is never moved. */
function imageOf({ id }: DemoState): string {
  return `demo-${id}/hello`;
}

interface ServerParts {
  engine: Engine;
  cluster: DemoCluster;
  registry: string;
  source: OpenedSource;
  state: DemoState;
}

function bringUpServer({ folder, stages, opening }: Building, parts: ServerParts): Promise<DemoServer> {
  const { engine, cluster, registry, source, state } = parts;
  return stages.run('server', async (say) => {
    say('the embedded PostgreSQL, the page, one worker');
    const config = await writeServerFiles(folder, {
      port: state.ports.server,
      repository: source.url,
      registry,
      image: imageOf(state),
      docker: engine.connection.host,
      environment: cluster.environment,
      svnUser: source.user,
      svnPassword: state.svnPassword,
      hookToken: state.hookToken,
    });
    const server = opening.use(await startServer(folder, config));
    await source.installHook({ url: server.address, token: state.hookToken });
    return { value: server, detail: `${server.address}, post-commit hook installed` };
  });
}
